import type { Asked, Form } from './forms.ts';
import type { Topic } from '../words/topic.ts';

/**
 * Where a form of question reads well: `everywhere`, or in `plain` prose only. Of long sentences about an illness, a third
 * and more of the latter are odd (rates: decision 0025); there the heading's question asks for what they would ask for.
 */
const TRUST = {
  definition: 'everywhere',
  meaning: 'everywhere',
  stage: 'everywhere',
  research: 'everywhere',
  there: 'everywhere',
  reason: 'everywhere',
  list: 'everywhere',
  topic: 'everywhere',
  relation: 'everywhere',
  subject: 'everywhere',
  advice: 'everywhere',
  section: 'everywhere',
  part: 'everywhere',
  large: 'everywhere',
  /** What the document itself is about, at large. */
  whole: 'plain',
  object: 'plain',
  happens: 'plain',
  phrase: 'plain',
  instruction: 'plain',
  front: 'plain',
} as const satisfies Record<Form, 'everywhere' | 'plain'>;

export const tagged = (form: Form, gaps: readonly Asked[]): Asked[] =>
  gaps.map((gap) => ({ ...gap, form: gap.form ?? form }));

/** True of what may be asked of a passage of this topic. */
export const isSafe = ({ form }: Asked, { plain }: Topic): boolean =>
  plain || form === undefined || TRUST[form] === 'everywhere';
