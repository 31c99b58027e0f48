import { describe, expect, it } from 'vitest';
import { RunFailed } from '../../operations/follow-run.ts';
import { thenServe } from './then-serve.ts';

describe('serving after a run', () => {
  function serving(running: Promise<void> | undefined, exit = false) {
    const said: string[] = [];
    const stop = Promise.withResolvers<void>();
    const announce = () => void said.push('announced');
    const served = thenServe({ running, stopped: stop.promise, exit, announce, say: (text) => void said.push(text) });
    return { said, stop: () => stop.resolve(), served };
  }
  const cancelled = () => Promise.reject(new RunFailed('improve/demo/1 was cancelled; what was paid for is kept'));

  it('goes on where the run was cancelled, and says so', async () => {
    const { said, stop, served } = serving(cancelled());
    await expect.poll(() => said.at(-1)).toBe('Serving until Ctrl-C.');
    expect(said.join('\n')).toContain('improve/demo/1 was cancelled');
    stop();
    await served;
  });

  it('goes on where the run came to its end, and where there is none', async () => {
    for (const running of [Promise.resolve(), undefined]) {
      const { said, stop, served } = serving(running);
      await expect.poll(() => said.at(-1)).toBe('Serving until Ctrl-C.');
      stop();
      await served;
    }
  });

  it('ends with the run where it was asked to, by its failure too', async () => {
    await serving(Promise.resolve(), true).served;
    await expect(serving(cancelled(), true).served).rejects.toThrow('was cancelled');
  });

  it('ends at once when it is stopped while the run goes on', async () => {
    const { said, stop, served } = serving(new Promise(() => {}));
    stop();
    await served;
    expect(said).toEqual(['announced']);
  });
});
