import type { RunConfig } from '../configs/schema.ts';
import { generationRequest } from './request.ts';
import { lineRequest } from './line-format.ts';
import { readFacts } from './read-facts.ts';
import { GenerationTaskSchema, type DataRef } from '../schema/data.ts';
import { createBuiltinTeacher } from '../teacher/model.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Ledger } from '../providers/ledger/ledger.ts';
import { modelIdentity } from '../providers/index.ts';
import { oneLine, shortened } from '../common/shortened.ts';
import { settingsOf, writesInLines } from './teacher-settings.ts';

/** Replies that are looked at. */
const LOOKED_AT = 200;
const REPLY_SHOWN = 200;

/** Why a run has no question at all: who was asked, what the replies were, and what to do. */
export async function nothingGenerated(options: {
  config: RunConfig;
  documents: { documents: number; chunks: DataRef; tasks: DataRef };
  dependencies: { artifacts: ArtifactStore; ledger: Pick<Ledger, 'peek'> };
}): Promise<string> {
  const { config, documents, dependencies } = options;
  const { teacher, generation } = config;
  const { artifacts, ledger } = dependencies;
  const all = `no question was generated from ${documents.documents} documents (${documents.chunks.rows} passages)`;
  const to = Math.min(LOOKED_AT, documents.tasks.rows);
  const tasks = await artifacts.loadJsonLines(documents.tasks, GenerationTaskSchema, { from: 0, to });
  if (tasks.length === 0)
    return `${all}: no teacher was asked. Fix: give documents with text, or leave generation.synthetic out`;
  const settings = settingsOf(config);
  const requests = tasks.map((task) =>
    writesInLines(config)
      ? lineRequest(task, generation, { settings, asked: [] })
      : generationRequest(task, generation, settings),
  );
  const builtin = teacher.provider === 'builtin';
  const model = builtin ? createBuiltinTeacher() : modelIdentity(teacher);
  const replies = await ledger.peek(model, requests);
  const skipped = countSkipped(replies.map((reply, i) => ({ text: reply?.text ?? '', kind: tasks[i]?.kind ?? 'any' })));
  const first = replies.find(Boolean)?.text.trim();
  const who = builtin ? 'The built-in teacher' : `The teacher ${teacher.provider}/${teacher.model}`;
  const said =
    skipped ||
    (first ? `its first reply was ${JSON.stringify(shortened(oneLine(first), REPLY_SHOWN))}` : 'no reply is known');
  const fix = builtin
    ? 'it needs plain declarative sentences: change the documents, or name a model as teacher'
    : 'look whether these passages state facts; name a larger model as teacher, or ask it for other kinds';
  return `${all}. ${who} was asked ${documents.tasks.rows} times; ${said}. Fix: ${fix}`;
}

/** What the teacher says it left out, by reason. */
function countSkipped(replies: { text: string; kind: Parameters<typeof readFacts>[1] }[]): string {
  const counts = new Map<string, number>();
  for (const { text, kind } of replies) {
    const read = readFacts(text, kind);
    for (const { why } of read.status === 'read' ? read.value.skipped : []) counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  const told = [...counts].sort(([, a], [, b]) => b - a).map(([why, count]) => `${count} ${why}`);
  return told.length > 0 ? `it left out what it found, as ${told.join(', ')}` : '';
}
