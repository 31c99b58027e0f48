import type { Rubric } from '../../configs/judge-schema.ts';
import type { Read } from '../../replies/reply-json.ts';
import { withoutThoughts } from '../../replies/thoughts.ts';
import type { ChatRequest } from '../../contract/ports.ts';

/** The plainer form of a judgement, for small judge models: the label first, then the reason; no JSON. Pure. */

/** What a reply that can't be read is sent back with. */
export const LABEL_FIRST = 'with one of the labels first, then the reason';

export const labelInstructions = ({ labels }: Rubric): string =>
  `Reply with one of these labels, then a colon and the reason in one sentence.\n${labels
    .map(({ label, meaning }) => `${label}: ${meaning}`)
    .join('\n')}`;

/** @param prompt the rubric's, filled in */
export const labelRequest = (rubric: Rubric, prompt: string): ChatRequest => ({
  messages: [{ role: 'user', content: `${prompt}\n\n${labelInstructions(rubric)}` }],
  temperature: 0,
});

/** Reads the label that a reply begins with, whatever its case and decoration; the rest is the reason. */
export function labelReader({
  labels,
}: Rubric): (text: string) => Read<{ label: string; score: number; reason: string }> {
  // `not supported` before `not`: the longest that fits.
  const known = labels.toSorted((a, b) => b.label.length - a.label.length);
  return (reply) => {
    const { text } = withoutThoughts(reply);
    const said = text.replace(/^[\s"'*_`#>-]*(?:label\s*[:=-]\s*)?[\s"'*_`]*/i, '');
    const chosen = known.find(({ label }) => beginsWith(said, label));
    if (!chosen) {
      const names = labels.map(({ label }) => `"${label}"`).join(', ');
      const begins = JSON.stringify(said.slice(0, 60));
      return { status: 'unread', problem: `the reply begins with ${begins}; expected one of ${names}` };
    }
    const reason = said
      .slice(chosen.label.length)
      .replace(/^[\s"'*_`.:,;-]+/, '')
      .trim();
    return { status: 'read', value: { label: chosen.label, score: chosen.score, reason: reason || 'no reason given' } };
  };
}

/** As whole words: `unsupported` is not `un`. Dashes and spaces are alike. */
function beginsWith(said: string, label: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[\s_-]/g, ' ');
  return plain(said).startsWith(plain(label)) && !/^[\p{L}\p{N}]/u.test(said.slice(label.length));
}
