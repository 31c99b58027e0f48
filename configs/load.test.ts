import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { knownNames } from '../evaluation/known-names.ts';
import { ruleNames } from '../judges/index.ts';
import { ConfigError } from '../common/config-errors.ts';
import { ownFiles } from '../test/support/own-files.ts';
import { loadRunConfig, loadKeyPolicy, loadStages } from './load.ts';
import { resolvePaths } from './paths.ts';

const { projectRoot } = resolvePaths({});
const known = knownNames(await loadStages(projectRoot));

const shipped = ownFiles(projectRoot, 'configs/*.yaml')
  .map((file) => basename(file))
  .filter((file) => !['stages.yaml', 'keys.yaml', 'hosted.yaml', 'webhooks.yaml', 'sources.yaml'].includes(file));

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'whetstone-config-'));
  await mkdir(join(root, 'configs'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const load = (config: string | Record<string, unknown>) => loadRunConfig({ config, projectRoot: root, known });

async function loadText(text: string) {
  await writeFile(join(root, 'configs', 'mine.yaml'), text);
  return load('mine');
}

async function problemsOf(loading: Promise<unknown>): Promise<string[]> {
  try {
    await loading;
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the config was taken');
}

/** Problems of a config whose first two lines are right. */
const problems = (text: string) => problemsOf(loadText(`name: mine\ndocuments: docs\n${text}`));

describe('what is taken', () => {
  it('ships the configs of the documentation', () => {
    expect(shipped).toEqual(expect.arrayContaining(['quickstart.yaml', 'openai-teacher.yaml', 'approval.yaml']));
  });

  it.each(shipped)('parses configs/%s', async (file) => {
    const { config, source } = await loadRunConfig({ config: file.replace('.yaml', ''), projectRoot, known });
    expect(config.name).toMatch(/^[a-z0-9-]+$/);
    expect(source).toBe(`configs/${file}`);
  });

  it('parses configs/stages.yaml, which lets quickstart move its alias unasked', async () => {
    expect((await loadStages(projectRoot)).aliases.production).toMatchObject({ approvals: 0 });
  });

  it('needs no more than a name and documents', async () => {
    const { config } = await loadText('name: mine\ndocuments: docs\n');
    expect(config).toMatchObject({
      teacher: { provider: 'builtin' },
      candidates: [{ name: 'tiny-sft', base: 'tiny-llama', recipe: 'auto' }],
      gate: { suite: 'test', metric: 'correctness', guardrails: [{ metric: 'safety', maxDrop: 0 }] },
      promote: { alias: 'production' },
    });
  });

  it('takes an object, and calls it input', async () => {
    expect(await load({ name: 'mine', documents: ['a', 'b'] })).toMatchObject({ source: 'input' });
  });

  it('takes a file anywhere by its path', async () => {
    await writeFile(join(root, 'elsewhere.yml'), 'name: mine\ndocuments: docs\n');
    expect((await load('elsewhere.yml')).config.name).toBe('mine');
    expect((await load(join(root, 'elsewhere.yml'))).config.name).toBe('mine');
  });
});

describe('YAML as people write it', () => {
  it('takes over what << names, and keeps what x- fields hold for it out of the config (F26)', async () => {
    const { config } = await loadText(
      [
        'name: mine',
        'documents: docs',
        'x-model: &m { provider: openai, model: a, baseUrl: http://127.0.0.1/v1 }',
        'teacher: *m',
        'judges: [{ judge: llm, rubric: safety, model: { <<: *m, temperature: 0 } }]',
        '',
      ].join('\n'),
    );
    expect(config.teacher).toMatchObject({ model: 'a', temperature: 0.7 });
    expect(config.judges[0]).toMatchObject({ model: { provider: 'openai', model: 'a', temperature: 0 } });
    expect(config).not.toHaveProperty('x-model');
  });

  it.each([
    [
      'UTF-16 without a mark',
      Buffer.from('name: mine\n', 'utf16le'),
      'found UTF-16LE without a byte order mark; expected',
    ],
    [
      'Windows-1252',
      Buffer.from('name: caf\xe9\n', 'latin1'),
      'found a byte that is not UTF-8 at offset 9, 0xE9; as Windows-1252 it reads "café"; expected text in UTF-8',
    ],
  ])('names %s', async (_, bytes, message) => {
    await writeFile(join(root, 'configs', 'mine.yaml'), bytes);
    await expect(load('mine')).rejects.toThrow(`configs/mine.yaml:1: ${message}`);
  });

  it.each([
    ['UTF-16, as Windows writes it', Buffer.from('\ufeffname: mine\r\ndocuments: docs\r\n', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\ufeffname: mine\ndocuments: docs\n', 'utf16le').swap16()],
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffname: mine\ndocuments: docs\n')],
  ])('reads %s', async (_, bytes) => {
    await writeFile(join(root, 'configs', 'mine.yaml'), bytes);
    expect((await load('mine')).config).toMatchObject({ name: 'mine', documents: 'docs' });
  });
});

describe('several mistakes at once', () => {
  it.each([
    [
      'a name that is none, a base that there is not, and a gate that asks too much of a suite that there is not',
      'name: My Model\ndocuments: docs\ncandidates: [{ name: a, base: tiny-lama }]\ngate: { suite: golden, minUplift: 7 }\n',
      [
        ':1: name: ',
        ':4: gate.minUplift: found the number 7',
        ":4: gate.suite: unknown suite 'golden'",
        ":3: candidates[0].base: unknown base 'tiny-lama'",
      ],
    ],
    [
      'no documents, an unknown field, and a judge that there is not',
      'name: mine\nsede: 3\njudges: [groundd]\n',
      [': documents: found nothing', ":2: sede: unknown field 'sede'", ":3: judges[0]: unknown judge 'groundd'"],
    ],
    [
      'nothing of what follows from another mistake alone',
      'name: mine\ndocuments: docs\nevaluation: { metrics: [facts, 3] }\ngate: { metric: facts }\n',
      [':3: evaluation.metrics[1]: found the number 3'],
    ],
  ])('are all named: %s', async (_what, text, expected) => {
    const found = await problemsOf(loadText(text));
    expect(found).toHaveLength(expected.length);
    for (const [i, part] of expected.entries()) expect(found[i]).toContain(part);
  });

  it.each([
    ['name: mine\n documents: docs\n', 'configs/mine.yaml:2: not valid YAML: found documents 1 space in, below line 1'],
    [
      'name: mine\ngeneration:\n  target: 3\n\n  # more\n    phrasings: 4\n',
      'configs/mine.yaml:6: not valid YAML: found phrasings',
    ],
  ])('in YAML is the line named that has to be changed: %j', async (text, message) => {
    await expect(loadText(text)).rejects.toThrow(message);
  });
});

describe('the hash', () => {
  it('is the same for the same settings, whatever the order of keys and whoever wrote the defaults', async () => {
    const a = await loadText('name: mine\ndocuments: docs\ngeneration: { target: 5, phrasings: 4 }\n');
    const b = await loadText('generation:\n  phrasings: 4\n  target: 5\ndocuments: docs\nname: mine\n');
    const c = await load({ documents: 'docs', name: 'mine', generation: { target: 5 }, seed: 17 });
    expect(new Set([a.hash, b.hash, c.hash]).size).toBe(1);
  });

  it('changes with any setting', async () => {
    const hashes = await Promise.all(
      [{}, { seed: 18 }, { serving: { maxTokens: 97 } }].map((more) =>
        load({ name: 'mine', documents: 'docs', ...more }).then(({ hash }) => hash),
      ),
    );
    expect(new Set(hashes).size).toBe(3);
  });
});

describe('what is refused, with file, line, field, what was found and what was expected', () => {
  const cases: [title: string, text: string, problem: string | RegExp][] = [
    [
      'an unknown field',
      'generation:\n  targt: 3\n',
      "configs/mine.yaml:4: generation.targt: unknown field 'targt'; did you mean 'target'? known: corrections, guidelines, kinds, languages, maxRounds, personas, phrasings, preferences, shardChunks, surplus, synthetic, target, tone",
    ],
    [
      'an unknown field of one kind of teacher, by the fields of that kind',
      'teacher: { provider: openai, model: m, endpointUrl: "http://x" }\n',
      /^configs\/mine\.yaml:3: teacher\.endpointUrl: unknown field 'endpointUrl'; .*known: apiKeyEnv, baseUrl, concurrency, format, maxTokens, mode, model, prices, provider, requestsPerMinute, temperature, timeoutMs, tokensPerMinute, trainingTerms$/,
    ],
    [
      'a wrong type',
      'generation: { target: many }\n',
      'configs/mine.yaml:3: generation.target: found "many"; expected a whole number above 0',
    ],
    [
      'a fraction',
      'seed: 1.5\n',
      'configs/mine.yaml:3: seed: found the number 1.5; expected a whole number of at least 0',
    ],
    [
      'a number out of range',
      'chunking:\n  maxTokens: 9\n',
      'configs/mine.yaml:4: chunking.maxTokens: found the number 9; expected a whole number from 16 to 8192',
    ],
    [
      'bounds of a judge that no answer can keep',
      'judges: [{ judge: format, minWords: 20, maxWords: 10 }]\n',
      /judges\[0\]\.minWords: found 20; expected at most maxWords \(10\), or every answer is rejected$/,
    ],
    ['a mapping instead of a list', 'judges: { a: 1 }\n', /judges: found a mapping; expected a non-empty list/],
    ['text instead of a mapping', 'gate: strict\n', 'configs/mine.yaml:3: gate: found "strict"; expected a mapping'],
    [
      'a judge that is a number',
      'judges: [grounded, 3]\n',
      /^configs\/mine\.yaml:3: judges\[1\]: found the number 3; expected non-empty text, or a mapping with judge: `llm`, .* or `cascade`$/,
    ],
    [
      'nothing after the colon',
      'seed: 3\njudges:\n',
      /^configs\/mine\.yaml:4: judges: found no value; expected a non-empty list, each .*; write one, or leave the field out$/,
    ],
    [
      'an empty list',
      'candidates: []\n',
      'configs/mine.yaml:3: candidates: found an empty list; expected a non-empty list, each a mapping',
    ],
    [
      'an unknown provider',
      'teacher: { provider: opnai, model: m }\n',
      "configs/mine.yaml:3: teacher.provider: unknown provider 'opnai'; did you mean 'openai'? known: builtin, openai, huggingface",
    ],
    [
      'no provider',
      'teacher: { model: m }\n',
      'configs/mine.yaml:3: teacher.provider: found nothing; expected `builtin`, `openai` or `huggingface`',
    ],
    [
      'an unknown trainer',
      'candidates:\n  - { name: a, provider: tlr }\n',
      /^configs\/mine\.yaml:4: candidates\[0\]\.provider: unknown provider 'tlr'; did you mean 'trl'\? known: .*trl/,
    ],
    [
      'an address that is none',
      'teacher: { provider: openai, model: m, baseUrl: nowhere }\n',
      /teacher\.baseUrl: found "nowhere"; expected a URL such as http/,
    ],
    [
      'a password in an address, which is not shown',
      "teacher: { provider: openai, model: m, baseUrl: 'http://ann:secret@127.0.0.1/v1' }\n",
      /^configs\/mine\.yaml:3: teacher\.baseUrl: found "http:\/\/\.\.\.@127\.0\.0\.1\/v1"; expected no user and password/,
    ],
    [
      'an address with the route',
      "teacher: { provider: openai, model: m, baseUrl: 'http://127.0.0.1/v1/chat/completions' }\n",
      /teacher\.baseUrl: found .*; expected the address without the route/,
    ],
    [
      'no number (F26)',
      'candidates: [{ name: a, learningRate: .nan }]\n',
      'configs/mine.yaml:3: candidates[0].learningRate: found NaN, which is no finite number; expected a number above 0',
    ],
    [
      'an endless number (F26)',
      'seed: .inf\n',
      'configs/mine.yaml:3: seed: found Infinity, which is no finite number; expected a whole number of at least 0',
    ],
    [
      'a tag',
      'generation: !!python/object:os.system {}\n',
      /^configs\/mine\.yaml:3: not valid YAML: Unresolved tag: .*; leave/,
    ],
    [
      'a variable of the environment',
      'teacher: { provider: openai, model: ${MODEL} }\n',
      /^configs\/mine\.yaml:3: not valid YAML: .*; put text with \{ \} \[ \] in quotes; variables of the environment/,
    ],
    ['a backslash', 'seed: "C:\\docs"\n', /^configs\/mine\.yaml:3: not valid YAML: .*; write \\\\ for a backslash/],
    [
      "a home folder's sign (F26)",
      'imports: [{ path: ~/pairs.csv }]\n',
      /^configs\/mine\.yaml:3: imports\[0\]\.path: found '~\/pairs\.csv'; ~ is not filled in/,
    ],
    [
      'an unknown judge',
      'judges:\n  - safe\n  - groundd\n',
      `configs/mine.yaml:5: judges[1]: unknown judge 'groundd'; did you mean 'grounded'? known: ${ruleNames().join(', ')}`,
    ],
    [
      'an LLM judge without a model',
      'judges: [{ judge: llm, rubric: safety }]\n',
      'configs/mine.yaml:3: judges[0].model: found nothing; expected a mapping with provider: `openai` or `huggingface`',
    ],
    [
      'a judge of a kind that there is not',
      'judges: [{ judge: lmm, rubric: safety, model: { provider: openai, model: m } }]\n',
      /^configs\/mine\.yaml:3: judges\[0\]\.judge: unknown judge 'lmm'; did you mean 'llm'\? known: llm, .*, cascade$/,
    ],
    [
      'a judge of a kind without what that kind needs',
      'judges:\n  - judge: guideline\n    name: tone\n    model: { provider: openai, model: m }\n',
      'configs/mine.yaml:4: judges[0].guidelines: found nothing; expected a non-empty list, each non-empty text',
    ],
    [
      'a field of another kind of judge',
      'judges: [{ judge: claims, rubric: safety, model: { provider: openai, model: m } }]\n',
      "configs/mine.yaml:3: judges[0].rubric: unknown field 'rubric'; known: judge, model, passScore",
    ],
    [
      'a cascade of one step',
      'judges: [{ judge: cascade, name: c, steps: [safe] }]\n',
      /^configs\/mine\.yaml:3: judges\[0\]\.steps: found a list of 1; expected a list of at least 2, each/,
    ],
    [
      'a format judge without a rule',
      'judges: [{ judge: format }]\n',
      /^configs\/mine\.yaml:3: judges\[0\]: found no rule, and so every answer would pass; expected one at least: minWords/,
    ],
    [
      'two judges of one name',
      'judges:\n  - safe\n  - { judge: format, maxWords: 9 }\n  - { judge: format, name: short, maxWords: 3 }\n  - { judge: format, minWords: 2 }\n',
      "configs/mine.yaml:7: judges[3]: 'format' names two judges, whose rejects could not be told apart; remove one, or give it another name",
    ],
    [
      'an address without http',
      'teacher: { provider: openai, model: m, baseUrl: "localhost:8000" }\n',
      'configs/mine.yaml:3: teacher.baseUrl: found "localhost:8000"; expected a URL such as http://127.0.0.1:8000/v1',
    ],
    [
      'a key where the name of its variable belongs, without showing it',
      'teacher: { provider: openai, model: m, apiKeyEnv: sk-abc123 }\n',
      'configs/mine.yaml:3: teacher.apiKeyEnv: found something else, which is not shown; expected the name of an environment variable, such as OPENAI_API_KEY; the key itself stands in that variable',
    ],
    [
      "a rubric's score out of its range",
      'judges: [{ judge: llm, model: { provider: openai, model: m }, rubric: { name: r, prompt: p, labels: [{ label: a, score: 0, meaning: m }, { label: b, score: 5, meaning: m }] } }]\n',
      'configs/mine.yaml:3: judges[0].rubric.labels[1].score: found the number 5; expected a number in the range, 0 to 1',
    ],
    [
      'a pattern that is no regular expression',
      'judges: [{ judge: format, matches: "(" }]\n',
      /^configs\/mine\.yaml:3: judges\[0\]\.matches: found "\("; expected a regular expression: .*Unterminated group$/,
    ],
    [
      'an unknown kind of question',
      'teacher: { provider: openai, model: m }\ngeneration: { kinds: { factul: 1 } }\n',
      /^configs\/mine\.yaml:4: generation\.kinds\.factul: unknown field 'factul'; did you mean 'factual'\? known: .*multi-hop/,
    ],
    [
      'what the built-in teacher would not heed',
      'generation: { personas: [a nurse] }\n',
      'configs/mine.yaml:3: generation.personas: needs a model as teacher: the built-in one writes what its rules find; name a teacher, or leave the field out',
    ],
    [
      'imports that make up more than the whole',
      'imports: [{ path: a.csv, share: 0.7 }, { path: b.csv, share: 0.4 }]\n',
      'configs/mine.yaml:3: imports[1].share: the shares of all imports add up to 1.1; expected at most 1',
    ],
    [
      "a phone region that is no country's code",
      'filters: { phoneRegion: UK }\n',
      "configs/mine.yaml:3: filters.phoneRegion: found 'UK', which is no country's code; expected one of ISO 3166, such as GB for the United Kingdom, US or DE",
    ],
    [
      'one phrasing, of which one is held out',
      'generation: { phrasings: 1 }\n',
      'configs/mine.yaml:3: generation.phrasings: found 1; expected a number above split.heldOutPhrasings (1), or nothing is left to train on',
    ],
    [
      'an unknown rubric',
      'judges: [{ judge: llm, rubric: safty, model: { provider: openai, model: m } }]\n',
      /^configs\/mine\.yaml:3: judges\[0\]\.rubric: unknown rubric 'safty'; did you mean 'safety'\?/,
    ],
    [
      'an unknown base',
      'candidates: [{ name: a, base: tiny-lama }]\n',
      "configs/mine.yaml:3: candidates[0].base: unknown base 'tiny-lama'; did you mean 'tiny-llama'? known: tiny-llama, smollm2-135m; or the id of a model of the hub (organisation/model), a folder (./models/mine) or a .gguf file",
    ],
    [
      'an unknown alias',
      'promote:\n  alias: prodution\n',
      "configs/mine.yaml:4: promote.alias: unknown alias 'prodution'; did you mean 'production'? known: dev, staging, production; aliases are declared in configs/stages.yaml",
    ],
    [
      'an unknown metric',
      'evaluation: { metrics: [correctness, safety, corectness] }\n',
      /^configs\/mine\.yaml:3: evaluation\.metrics\[2\]: unknown metric 'corectness'; did you mean 'correctness'\?/,
    ],
    [
      'a suite that is not evaluated',
      'evaluation: { suites: [test, a/golden.jsonl] }\ngate: { suite: goldn }\n',
      "configs/mine.yaml:4: gate.suite: unknown suite 'goldn'; did you mean 'golden'? known: test, golden",
    ],
    [
      'a guardrail that is not evaluated',
      'gate:\n  guardrails:\n    - { metric: safty }\n',
      /^configs\/mine\.yaml:5: gate\.guardrails\[0\]\.metric: 'safty' is not evaluated: .*did you mean 'safety'/,
    ],
    [
      'a guardrail on a suite that is not asked',
      'evaluation: { suites: [test, a/golden.jsonl] }\ngate:\n  guardrails:\n    - { suite: goldn, metric: safety }\n',
      /^configs\/mine\.yaml:6: gate\.guardrails\[0\]\.suite: unknown suite 'goldn'.*did you mean 'golden'/,
    ],
    [
      'two suites of one name',
      'evaluation: { suites: [test, a/golden.jsonl, b/golden.jsonl] }\n',
      "configs/mine.yaml:3: evaluation.suites[2]: 'golden' names two suites; rename one of the files",
    ],
    [
      'a suite file named like the held-out split',
      'evaluation: { suites: [test, mine/test.jsonl] }\n',
      "configs/mine.yaml:3: evaluation.suites[1]: 'test' names two suites; rename one of the files",
    ],
    [
      'two candidates of one name',
      'candidates:\n  - { name: a }\n  - { name: a }\n',
      "configs/mine.yaml:5: candidates[1].name: 'a' names two candidates; give each its own name",
    ],
    [
      'a candidate named as an arm',
      'candidates: [{ name: base }]\n',
      /candidates\[0\]\.name: 'base' is the name of an arm/,
    ],
    [
      'as many held-out phrasings as there are',
      'generation: { phrasings: 2 }\nsplit: { heldOutPhrasings: 2 }\n',
      'configs/mine.yaml:4: split.heldOutPhrasings: found 2; expected a number below generation.phrasings (2), or nothing is left to train on',
    ],
    [
      'a budget in dollars for a model without prices',
      'budget: { usd: 5 }\nteacher: { provider: openai, model: small }\n',
      'configs/mine.yaml:4: teacher.prices: found none; expected prices: { inputPerMillion, outputPerMillion } of each model that is paid for, because budget.usd is set',
    ],
    [
      'nothing held out for the suite `test`',
      'split:\n  heldOutPhrasings: 0\n',
      'configs/mine.yaml:4: split.heldOutPhrasings: found 0; expected at least 1, because evaluation.suites lists test, which is made of what is held out',
    ],
  ];
  it.each(cases)('%s', async (_title, text, problem) => {
    const whole = typeof problem === 'string' ? new RegExp(`^${RegExp.escape(problem)}$`) : problem;
    expect(await problems(text)).toEqual([expect.stringMatching(whole)]);
  });

  it('a bad name', async () => {
    expect(await problemsOf(loadText('# mine\nname: My Model\ndocuments: docs\n'))).toEqual([
      'configs/mine.yaml:2: name: found "My Model"; expected lower-case letters, digits and dashes, at most 63 characters',
    ]);
  });

  it('required fields that are missing or have no value, all at once', async () => {
    expect(await problemsOf(loadText('# a comment\ndocuments:\n'))).toEqual([
      'configs/mine.yaml:2: name: found nothing; expected lower-case letters, digits and dashes, at most 63 characters',
      'configs/mine.yaml:2: documents: found no value; expected non-empty text, or a non-empty list, each non-empty text, or a mapping',
    ]);
  });

  it('several problems in one error, each on its own line', async () => {
    const loading = loadText('name: mine\ndocuments: docs\nseed: x\ngates: {}\n');
    await expect(loading).rejects.toThrow(
      /^2 problems:\n {2}configs\/mine\.yaml:3: seed: .*\n {2}configs\/mine\.yaml:4: gates: unknown field/,
    );
  });

  it('an object, by its field', async () => {
    expect(await problemsOf(load({ name: 'mine', documents: 'docs', gate: { minUplft: 1 }, judges: null }))).toEqual([
      expect.stringMatching(/^input: judges: found no value; expected/),
      expect.stringMatching(/^input: gate\.minUplft: unknown field 'minUplft'; did you mean 'minUplift'\?/),
    ]);
  });

  it('a server in keys.yaml that is no scheme and host', async () => {
    await mkdir(join(root, 'configs'), { recursive: true });
    await writeFile(join(root, 'configs', 'keys.yaml'), 'keys:\n  TEAM_KEY: [api.example.com]\n');
    expect(await problemsOf(loadKeyPolicy(root))).toEqual([
      'configs/keys.yaml:2: keys.TEAM_KEY[0]: found "api.example.com"; expected a server\'s scheme and host, such as https://api.example.com; * stands for any part of a host name',
    ]);
  });

  it('a bad name or evidence of an alias in stages.yaml', async () => {
    await writeFile(
      join(root, 'configs', 'stages.yaml'),
      'aliases:\n  Live One: {}\n  live:\n    evidence: [evaluatoin]\n    approvals: all\n',
    );
    expect(await problemsOf(loadStages(root))).toEqual([
      'configs/stages.yaml:2: aliases.Live One: found "Live One"; expected lower-case letters, digits and dashes, at most 63 characters',
      'configs/stages.yaml:5: aliases.live.approvals: found "all"; expected a whole number from 0 to 10, or a mapping',
      "configs/stages.yaml:4: aliases.live.evidence[0]: unknown evidence 'evaluatoin'; did you mean 'evaluation'? known: evaluation, gate-promote",
    ]);
  });
});

describe('what is no config at all', () => {
  it.each([
    [
      'a bracket left open',
      'name: mine\ndocuments: [a\nseed: 3\n',
      /^configs\/mine\.yaml:3: not valid YAML: Flow sequence.*close the bracket/,
    ],
    [
      'an indented field',
      'name: mine\n  documents: docs\n',
      /^configs\/mine\.yaml:2: not valid YAML: found documents 2 spaces in, .*expected it 0 spaces in/,
    ],
    [
      'a tab',
      'name: mine\ndocuments: docs\ngate:\n\tsuite: test\n',
      /^configs\/mine\.yaml:4: not valid YAML: Tabs.*spaces/,
    ],
    [
      'a field written twice',
      'name: mine\ndocuments: a\nname: b\n',
      /^configs\/mine\.yaml:3: not valid YAML: Map keys must be unique; keep one/,
    ],
    ['a glob without quotes', 'name: mine\ndocuments: *.md\n', /^configs\/mine\.yaml:2: not valid YAML: .*in quotes$/],
    ['an empty file', '', /^configs\/mine\.yaml:1: the file is empty; expected fields/],
    ['only comments', '# later\n', /^configs\/mine\.yaml:1: the file is empty/],
    ['a list', '- name: mine\n', /^configs\/mine\.yaml:1: the config: found a list of 1; expected a mapping$/],
    ['a sentence', 'make it good\n', /^configs\/mine\.yaml:1: the config: found "make it good"; expected a mapping$/],
  ])('%s', async (_title, text, problem) => {
    expect(await problemsOf(loadText(text))).toEqual([expect.stringMatching(problem)]);
  });

  it('a file that is not there, and a folder', async () => {
    expect(await problemsOf(load('nowhere.yaml'))).toEqual([
      'nowhere.yaml: no such file; give a YAML file, or the name of one below configs/',
    ]);
    await mkdir(join(root, 'folder.yaml'));
    expect(await problemsOf(load('folder.yaml'))).toEqual([
      expect.stringMatching(/^folder\.yaml: it is a folder; give/),
    ]);
  });

  it('a name that no config has', async () => {
    await writeFile(join(root, 'configs', 'quickstart.yaml'), '');
    await writeFile(join(root, 'configs', 'stages.yaml'), '');
    expect(await problemsOf(load('quikstart'))).toEqual([
      "unknown config 'quikstart'; did you mean 'quickstart'? known: quickstart",
    ]);
  });
});
