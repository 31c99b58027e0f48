import { spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { shownUri } from '../../../artifacts/place.ts';
import { readPage } from '../../../evidence/keep.ts';
import { linkBase, pageLink } from '../../../evidence/link.ts';
import { showLive } from '../../../evidence/live/show.ts';
import { readRunning } from '../../../operations/connection.ts';
import { reportOf } from '../../../operations/evidence.ts';
import { paths, say, store, withRegistry, withTemporal } from './context.ts';

/** `report [RUN|PROMOTION]`: the evidence page that an approver reads. */
export function reportCommand(): Command {
  return new Command('report')
    .description(
      'Show where the evidence page of a run or a promotion is: answers side by side, safety failures, what is not known',
    )
    .argument('[id]', 'of a promotion, a run or an evaluation; left out, the newest page')
    .option('--out <file>', 'write the page to a file')
    .option('--open', 'open it in the browser')
    .action(async (asked: string | undefined, { out, open }: { out?: string; open?: boolean }) => {
      const artifacts = await store();
      const gateway = linkBase(process.env, readRunning(paths().running)?.gateway);
      const linkTo = (of: string) => pageLink(of, gateway);
      const { page, id, html } = await withRegistry(async (registry) => {
        const found = await reportOf({ asked, artifacts, registry, withTemporal });
        const written = await readPage(artifacts, found.page);
        return {
          ...found,
          html: found.id === undefined ? written : await showLive(written, { id: found.id, registry, linkTo }),
        };
      });
      const link = id !== undefined && gateway ? linkTo(id) : undefined;
      let place = shownUri(page.uri);
      if (out !== undefined) {
        place = resolve(out);
        writeFileSync(`${place}.tmp`, html);
        renameSync(`${place}.tmp`, place);
      }
      say(place);
      if (link) say(link);
      if (open) openInBrowser(link && out === undefined ? link : place);
    });
}

/** By what the system opens things with. */
function openInBrowser(place: string): void {
  const [command, ...first] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
  spawn(command!, [...first, place], { detached: true, stdio: 'ignore' })
    .on('error', () => say(`No program here opens pages (${command}); open it yourself: ${place}`))
    .unref();
}
