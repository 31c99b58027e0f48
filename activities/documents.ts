import { createHash } from 'node:crypto';
import type { Dependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';
import { firstTasks } from './first-tasks.ts';
import { findPersonalData } from '../datasets/personal-data.ts';
import { readImports, type PairToImport } from './imports.ts';
import { readPassages } from './passages.ts';
import type { Activities } from './types.ts';

/** A workflow's history holds few rows. */
const FLAGS_TOLD = 20;

/** What the imported pairs have, beside what the documents have. */
function countPersonalData(
  counts: Readonly<Record<string, number>>,
  imports: readonly PairToImport[],
  region: string | undefined,
): Record<string, number> {
  const all = { ...counts };
  for (const { pair } of imports)
    for (const text of [...pair.history.map(({ content }) => content), pair.question, pair.answer])
      for (const { kind } of findPersonalData(text, region)) all[kind] = (all[kind] ?? 0) + 1;
  return all;
}

export function documentActivities({
  artifacts,
  projectRoot,
  allowedRoots,
}: Dependencies): Pick<Activities, 'readDocuments'> {
  return {
    readDocuments: ({ config }) =>
      withHeartbeat({ stage: 'documents', label: 'chunks' }, async (report) => {
        const { documents, chunks, flags, personalData, skipped } = await readPassages({
          config,
          projectRoot,
          allowedRoots,
          onDocument: report,
        });
        const hash = createHash('sha256');
        for (const { id, sha256 } of documents) hash.update(`${id}\0${sha256}\n`);
        const imports = await readImports({ config, projectRoot, allowedRoots });
        const { tasks } = firstTasks({ config, chunks, imports });
        const files = await Promise.all([
          artifacts.writeJsonLines({ kind: 'tasks', rows: tasks }),
          artifacts.writeJsonLines({ kind: 'chunks', rows: chunks }),
          artifacts.writeJsonLines({ kind: 'imports', rows: imports }),
        ]);
        return {
          documents: documents.length,
          tasks: files[0],
          chunks: files[1],
          imports: files[2],
          documentsSha256: hash.digest('hex'),
          licences: [...new Set(documents.flatMap(({ licence }) => licence ?? []))].sort(),
          unlicensed: documents.filter(({ licence }) => licence === undefined).length,
          personalData: countPersonalData(personalData, imports, config.filters.phoneRegion),
          instructions: { found: flags.length, first: flags.slice(0, FLAGS_TOLD) },
          skipped,
        };
      }),
  };
}
