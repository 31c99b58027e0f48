import xterm from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import type { ProgressView } from '../../operations/progress.ts';
import { createProgressView } from './progress-view.ts';
import type { StageLine } from '../../operations/progress.ts';

const line = (more: Partial<StageLine>): StageLine => ({
  stage: 'training',
  ended: false,
  label: 'training',
  done: 0,
  total: 100,
  text: '',
  ...more,
});

describe('progress on something that is no terminal', () => {
  function view(now = () => 0) {
    const written: string[] = [];
    const stream = { isTTY: false, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
    return { written, view: createProgressView(stream, now) };
  }

  it('is a line for every tenth of a stage, and one for its end', () => {
    const { written, view: log } = view();
    for (let done = 0; done < 100; done++) log.update([line({ done, text: `loss ${done}` })]);
    const end = line({ ended: true, done: 100, text: 'loss 100' });
    for (let times = 0; times < 3; times++) log.update([end]);
    expect(written).toHaveLength(11);
    expect(written[5]).toBe('training   [##########..........] 50/100 loss 50\n');
    expect(written.at(-1)).toBe('training   [####################] 100/100 loss 100\n');
  });

  it('leaves a bar where it was in a run that was cancelled, and fills one whose work is done', () => {
    for (const [ending, shown] of [
      [true, '46/190'],
      [false, '190/190'],
    ] as const) {
      const { written, view: log } = view();
      log.update([line({ label: 'smol-sft', done: 46, total: 190, text: 'loss 1.782' })]);
      log.update([], ending);
      log.update([], true);
      log.stop();
      expect(written.at(-1)).toMatch(new RegExp(`^smol-sft   \\[[#.]+\\] ${shown} loss 1\\.782\\n$`));
      expect(written).toHaveLength(2);
    }
  });

  it('is never silent for more than half a minute, and tells the time left', () => {
    let now = 0;
    const { written, view: log } = view(() => now);
    for (; now < 140_000; now += 500) log.update([line({ done: 1 + Math.floor(now / 20_000), total: 1000 })]);
    expect(written).toHaveLength(5);
    expect(written.at(-1)).toMatch(/ 7\/1000 5 h 31 min left\n$/);
  });

  it('tells no time left by its first steps, before which a model is loaded', () => {
    let now = 0;
    const { written, view: log } = view(() => now);
    // Half a minute of loading, a slow first step, then ten seconds each.
    for (const [seconds, done] of [
      [0, 0],
      [50, 1],
      [60, 2],
      [90, 5],
      [130, 9],
    ] as const) {
      now = seconds * 1000;
      log.update([line({ done, total: 190 })]);
    }
    expect(written.map((text) => text.replace(/^.*?\] /, ''))).toEqual([
      '0/190 \n',
      '1/190 50 s\n',
      '5/190 90 s\n',
      '9/190 30 min left\n',
    ]);
  });

  it('says messages on their own line', () => {
    const { written, view: log } = view();
    log.say('gateway ended; starting it again');
    expect(written).toEqual(['gateway ended; starting it again\n']);
  });
});

describe.each([80, 100])('progress on a terminal of %i columns (N5)', (columns) => {
  const COMMAND = `npx whetstone approve promote/womens-health/${'0123456789abcdef'.repeat(5)} --by NAME --why REASON`;

  /** Runs a session and gives what a person sees at its end, with lines that the terminal wrapped put together. */
  async function seen(session: (view: ProgressView, wait: (ms: number) => void) => void): Promise<string[]> {
    const terminal = new xterm.Terminal({ cols: columns, rows: 30, allowProposedApi: true, convertEol: true });
    let now = 0;
    const writes: Promise<void>[] = [];
    const stream = {
      isTTY: true,
      columns,
      write: (text: string) => void writes.push(new Promise((done) => terminal.write(text, done))),
    };
    const view = createProgressView(stream as unknown as NodeJS.WriteStream, () => now);
    session(view, (ms) => (now += ms));
    view.stop();
    await Promise.all(writes);
    const { active } = terminal.buffer;
    const lines: string[] = [];
    for (let i = 0; i < active.length; i++) {
      const row = active.getLine(i);
      const text = row?.translateToString(true) ?? '';
      if (row?.isWrapped) lines[lines.length - 1] += text;
      else lines.push(text);
    }
    return lines.join('\n').trimEnd().split('\n');
  }

  it('ends with every bar full, every word of what came of a stage, and addresses whole', async () => {
    const missing =
      'version 0123456789ab: 1460 generated, 142 kept, 1058 fewer than the target after round 1, rejected: 260 over-target';
    const lines = await seen((view, wait) => {
      view.update([
        line({ stage: 'documents', ended: true, label: 'chunks', done: 1, total: 1, text: '44 documents' }),
      ]);
      for (let done = 0; done < 297; done += 9) {
        view.update([
          line({ stage: 'evaluation', label: 'base answers test', done, total: 297, text: 'a '.repeat(100) }),
          line({ stage: 'evaluation', label: 'tuned answers test', done: done / 3, total: 297 }),
        ]);
        wait(500);
        if (done === 90) view.say(`The run waits. ${COMMAND}`);
      }
      view.update([line({ stage: 'evaluation', label: 'tuned answers test', done: 200, total: 297 })]);
      view.update([
        line({ stage: 'dataset', ended: true, label: 'dataset', done: 1, total: 1, text: missing }),
        line({ stage: 'evaluation', ended: true, label: 'answers', done: 1, total: 1, text: 'test: 297 questions' }),
      ]);
    });
    const text = lines.join('\n');
    expect(text).toContain('chunks     [████████████████████] 1/1 44 documents');
    expect(text).toContain('base answers test [████████████████████] 297/297');
    expect(text).toContain('answers    [████████████████████] 1/1 test: 297 questions');
    expect(text).not.toContain('░');
    expect(text.replace(/\s+/g, ' ')).toContain(missing);
    expect(text).toContain(COMMAND);
    expect(lines.filter((shown) => !shown.includes(COMMAND)).every((shown) => shown.length < columns)).toBe(true);
  });

  it('tells the time left, in lines that fit', async () => {
    const lines = await seen((view, wait) => {
      for (let done = 0; done <= 40; done++) {
        view.update([line({ done, text: `loss 1.234, ${'many words '.repeat(20)}` })]);
        wait(1_000);
      }
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^training {3}\[█{8}░{12}\] 40\/100 62 s left, loss 1\.234, many .*…$/);
    expect(lines[0]!.length).toBeLessThan(columns);
  });

  it('tells how long a thing has taken that says nothing of itself', async () => {
    const lines = await seen((view, wait) => {
      for (let i = 0; i < 20; i++) {
        view.update([line({ stage: 'base', label: 'base model', total: 1, text: 'starting' })]);
        wait(1_000);
      }
    });
    expect(lines[0]).toContain('0/1 20 s, starting');
  });
});
