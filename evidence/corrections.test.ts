import { describe, expect, it } from 'vitest';
import { parseHTML } from 'linkedom';
import type { Corrections } from '../schema/corrections.ts';
import { corrected, evaluation, evidence, promotion } from '../test/support/evidence.ts';

const { asked, changeOf, known } = corrected;
import { evidenceBrief } from './brief.ts';
import { collectEvidence } from './collect.ts';
import { evidenceHtml } from './html/document.ts';

const pageOf = (corrections: Corrections, more: Partial<Parameters<typeof evidence>[1]> = {}) =>
  collectEvidence(
    evidence(asked, {
      promotion,
      evaluation: evaluation({ corrections }),
      changeOf,
      ...more,
    }),
  );

describe('what the documents changed, on the page', () => {
  it('stands before the figures: old and new statement, and both answers, of which it says what they still say', async () => {
    const html = await evidenceHtml(await pageOf(known));
    const { document } = parseHTML(html);
    const section = document.querySelector('section[aria-labelledby=corrections]');
    expect(html.indexOf('id="corrections"')).toBeLessThan(html.indexOf('id="figures"'));
    const text = section?.textContent?.replace(/\s+/g, ' ') ?? '';
    expect(text).toContain('What the documents changed since version 3');
    expect(text).toContain(
      '1 fact of it asked by 2 held-out questions; answered right: tuned 1, version 3 0 (1 still as before the change), lookup 1, echo 0.',
    );
    expect(text).toContain('4 facts beside them with other values: 4 right, before 4; 0 answered with a new value.');
    const marks = [...(section?.querySelectorAll('mark') ?? [])].map(({ textContent }) => textContent);
    expect(marks).toEqual(['42', '45', '42', '45']);
    const labels = [...(section?.querySelectorAll('.label') ?? [])].map(({ textContent }) => textContent);
    // First what is not right.
    expect(labels.filter((label) => /^(?:Now|New)/.test(label ?? ''))).toEqual([
      'Now, what serves now (version 3), still says 42: 0.00',
      'New, tuned, still says 42: 0.00',
      'Now, what serves now (version 3), still says 42: 0.00',
      'New, tuned, says the new: 1.00',
    ]);
    expect(html).not.toContain('<b>now</b>');
  });

  it('is in the sentence, in the short form, and in what is not known', async () => {
    const page = await pageOf(known);
    expect(page.sentence).toBe(
      'Approving moves production of demo from version 3 to version 4 (tuned); of 2 questions for what the documents changed it answers 1 right, what serves now 0.',
    );
    expect(evidenceBrief(page, 'http://x')).toContain('**What the documents changed since version 3:**');
    expect(page.unknown.join('\n')).toContain('Whether it knows 1 statement that the documents changed');
    expect(page.unknown.join('\n')).toContain('Whether it still says 1 statement that the documents no longer make');
  });

  it('says why nothing is known, and nothing where nothing changed', async () => {
    const unknown = await pageOf({ status: 'unknown', since: 3, why: 'version 3 was made elsewhere' });
    expect(unknown.corrections?.lines).toEqual(['Not compared: version 3 was made elsewhere.']);
    expect(unknown.unknown[0]).toContain('version 3 was made elsewhere');
    const same = await pageOf({ ...known, changed: 0, removed: 0, unasked: 0, facts: 0 });
    expect(same.corrections).toBeUndefined();
    expect(await evidenceHtml(same)).not.toContain('id="corrections"');
  });
});
