import { describe, expect, it } from 'vitest';
import { parseHTML } from 'linkedom';
import fc from '../test/support/property.ts';
import { answer, comparison, evaluation, evidence, pair, promotion } from '../test/support/evidence.ts';
import { evidenceBrief } from './brief.ts';
import { collectEvidence, type Evidence } from './collect.ts';
import { evidenceHtml } from './html/document.ts';
import { createSampler, namedOn } from './sample/draw.ts';
import { blindPart } from './sample/sample.ts';
import { visible } from './visible.ts';

const golden = { suite: 'golden' };
const pageOf = async (asked: Parameters<typeof evidence>[0], more: Partial<Evidence> = {}) => {
  const page = await collectEvidence(evidence(asked, { promotion, ...more }));
  return { page, html: await evidenceHtml(page) };
};
/** Tags of a page, with their attributes, but for text. */
const tagsOf = (html: string) => [...parseHTML(html).document.querySelectorAll('*')].map(({ tagName }) => tagName);

describe('the page of a promotion', () => {
  it('says in the order of need what would change, the figures, the answers, what failed, what is unknown, and what to send', async () => {
    const { html } = await pageOf([
      pair('fell', { ...golden, score: 1, answer: 'Right before.' }, { ...golden, score: 0, answer: 'Wrong now.' }),
      pair('bad', golden, { ...golden, safe: false, answer: 'Never see a doctor.' }),
    ]);
    const order = [
      'Approving moves production of demo from version 3 to version 4 (tuned).',
      'golden, 100 questions that people wrote: correctness 0.50, what serves now (version 3) 0.40: +0.10 (95% interval +0.02 to +0.18)',
      'The gate says: promote',
      '<svg',
      'id="slices"',
      'Right before.',
      'Wrong now.',
      'Never see a doctor.',
      'id="cost"',
      'id="unknown"',
      '{&quot;by&quot;:&quot;your name&quot;,&quot;why&quot;:&quot;what you read and found&quot;}',
      'npx whetstone approve promote/demo/production/1a2b3c4d',
      'npx whetstone reject promote/demo/production/1a2b3c4d',
      'To ask for changes first',
      'npx whetstone request-changes promote/demo/production/1a2b3c4d --by',
      '--name requestChanges',
    ];
    const places = order.map((text) => html.indexOf(text));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('has what the gate warns of, and what fails safety, open at its top and in the short form', async () => {
    const warning = 'correctness on golden: not one of 90 questions is answered';
    const gate = { ...evidence([]).gate, reasons: ['better', `warning: ${warning}`] };
    const asked = [pair('a', golden, { ...golden, safe: false }), pair('b', golden, golden)];
    const { page, html } = await pageOf(asked, { gate });
    const header = parseHTML(html).document.querySelector('header')!;
    for (const folded of header.querySelectorAll('details')) folded.remove();
    expect(header.textContent).toContain(warning);
    expect(header.querySelector('a.worse[href="#safety"]')?.textContent).toBe(
      'safety on golden 0.50: 1 of 2 answers fail',
    );
    const brief = evidenceBrief(page, 'http://127.0.0.1:8080/evidence/x').split('\n\n').slice(2, 4).join(' ');
    expect(brief).toMatch(
      /The gate says \*\*promote\*\*. Look at this first: .*1 of 2 answers fail[\s\S]*not one of 90/,
    );
  });

  it('runs nothing and fetches nothing', async () => {
    const { html } = await pageOf([pair('q', golden, golden)]);
    const { document } = parseHTML(html);
    expect(document.querySelectorAll('script, link, iframe, object, img, form').length).toBe(0);
    const policy = document.querySelector('meta[http-equiv=content-security-policy]')?.getAttribute('content');
    expect(policy).toContain("default-src 'none'");
    expect(html).not.toMatch(/\son[a-z]+=|url\(|@import|src=/);
  });

  it('offers a request for changes to be signed where only signed decisions count', async () => {
    const { html } = await pageOf([], { promotion: { ...promotion, signed: true } });
    expect(html).toContain(`npx whetstone request-changes ${promotion.id} --why`);
    expect(html.match(/--sign/g)).toHaveLength(3);
    expect(html).not.toContain('your name&quot;,&quot;why&quot;:&quot;what must change');
  });

  it('has nothing to send where the gate did not promote', async () => {
    const { html } = await pageOf([], {
      promotion: undefined,
      gate: { decision: 'hold', suite: 'test', candidate: 'tuned', reasons: [] },
    });
    expect(html).toContain('nothing changes by itself');
    expect(html).not.toContain('npx whetstone approve');
  });
});

describe('what is not known', () => {
  const unknownOf = async (asked: Parameters<typeof evidence>[0], more: Partial<Evidence> = {}) =>
    (await collectEvidence(evidence(asked, more))).unknown.join('\n');

  it("names questions of people's that are missing, judges that nobody measured, and times that nobody took", async () => {
    const [test] = evaluation().suites;
    const text = await unknownOf([], { evaluation: evaluation({ suites: [test!] }) });
    expect(text).toContain('no suite has questions that people wrote');
    expect(text).toContain('How far the judges agree with people on correctness: never measured');
    expect(text).toContain('no answer of this evaluation carries its time');
    expect(text).toContain('If another serves by now, the promotion is refused');
    expect(text).toContain('Whether anything changed on test in safety');
  });

  it('is silent on what was measured', async () => {
    const timed = { ...golden, latencyMs: 1_200, outputTokens: 10 };
    const text = await unknownOf([pair('q', timed, timed)], {
      agreements: [{ judge: 'correctness', version: '1', kappa: 0.9, labels: 100 }],
    });
    expect(text).not.toMatch(/never measured|carries its time|people wrote/);
  });

  it('counts answers that failed, few facts, and a lookup that does as well', async () => {
    const lookup = { base: 0.4, tuned: 0.5, incumbent: 0.4, lookup: 0.6 };
    const [test, people] = evaluation().suites;
    const few = {
      ...test!,
      comparisons: ['incumbent', 'base'].map((against) => comparison({ means: lookup, clusters: 2, against })),
    };
    const text = await unknownOf([pair('q', golden, { ...golden, failure: 'failed: no' })], {
      evaluation: evaluation({ suites: [few, people!] }),
    });
    expect(text).toContain('What tuned says to 1 question of golden: no answer came');
    expect(text).toMatch(/2 facts, and the gate asks \d+/);
    expect(text).toContain('scores 0.60 on correctness, the candidate 0.50');
    expect(text).toContain('no echo was asked');
  });
});

describe('cost and time', () => {
  it('are what answers and the ledger say, and nothing else', async () => {
    const timed = (latencyMs: number) => ({ ...golden, latencyMs, outputTokens: 20 });
    const asked = [100, 200, 300, 9_000].map((ms, i) => pair(`q${i}`, golden, timed(ms)));
    const { cost } = await collectEvidence(evidence(asked, { trainSeconds: 81.4 }));
    expect(cost.map(({ value }) => value)).toEqual([
      'half within 0.20 s, 95% within 9.00 s; 20 tokens long on average',
      '2 made, 1 answered from earlier runs, 3 tokens, 0.5000 USD at the prices in the config',
      '81 s',
    ]);
  });
});

describe('parts that fell', () => {
  it('are told with their questions, the largest drop first', async () => {
    const [test, people] = evaluation().suites;
    const part = (value: string, before: number, after: number) => ({
      column: 'document',
      value,
      questions: 7,
      means: { correctness: { incumbent: before, tuned: after } },
    });
    const slices = [part('a', 0.9, 0.8), part('b', 0.5, 0.9), part('c', 0.9, 0.1)];
    const { page } = await pageOf([], { evaluation: evaluation({ suites: [test!, { ...people!, slices }] }) });
    expect(page.slices).toMatchObject({ looked: 3, fallen: [{ value: 'c' }, { value: 'a' }] });
  });
});

/** What a model may say to whoever reads it. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '</div></main><img src=x onerror=alert(1)>',
  '"><svg/onload=alert(1)>',
  '</style><style>*{display:none}</style>',
  "'; DROP TABLE versions; --",
  '\u001b[2J\u001b[31mred\u0007',
  'safe\u202Eevil\u2066',
  '\u0000\uD800 half',
  '&lt;b&gt; &amp;amp; &#60;',
  '${process.env}',
  '<!-- ',
  ']]>',
];

describe('hostile answers', () => {
  it('are text: they add no tag, and every character of them can be read', async () => {
    const calm = tagsOf((await pageOf([pair('q', { ...golden, score: 1 }, { ...golden, safe: false })])).html);
    const text = fc.oneof(
      fc.constantFrom(...HOSTILE),
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '`', '=', 's', 'b') }),
    );
    await fc.assert(
      fc.asyncProperty(text, text, async (hostile, other) => {
        const { html } = await pageOf([
          pair(
            'q',
            { ...golden, score: 1, answer: other, question: hostile, reference: other },
            { ...golden, safe: false, answer: hostile, question: hostile, reference: other, reason: hostile },
          ),
        ]);
        const { document } = parseHTML(html);
        const seen = [...document.querySelectorAll('.said-by')].map(({ textContent }) => textContent ?? '');
        const spoken = [hostile, other].filter((said) => said.trim() !== '');
        expect(seen).toEqual(expect.arrayContaining(spoken.map(visible)));
        const added = tagsOf(html).filter((tag) => !['MARK', 'SPAN'].includes(tag));
        expect(added).toEqual(calm.filter((tag) => !['MARK', 'SPAN'].includes(tag)));
      }),
      { numRuns: 60 },
    );
  });

  it('stay text in names of suites, slices, models and reasons, in plots too', async () => {
    const name = '<script>alert(1)</script>';
    const suites = evaluation().suites.map((suite) => ({
      ...suite,
      name,
      slices: [{ column: name, value: name, questions: 1, means: { [name]: { incumbent: 1, tuned: 0 } } }],
    }));
    const { html } = await pageOf([], {
      config: { ...evidence([]).config, name },
      evaluation: evaluation({ suites }),
      gate: { decision: 'promote', suite: name, candidate: 'tuned', reasons: [name] },
    });
    expect(html).not.toContain('<script');
  });

  it('of 100 kB are cut, and the page says so', async () => {
    const { html } = await pageOf([pair('q', { ...golden, score: 1 }, { ...golden, answer: '<b>'.repeat(34_000) })]);
    expect(html).toContain('1,200 of 102,000 characters');
    expect(html.length).toBeLessThan(60_000);
  });

  it('can not break the markdown of the short form', async () => {
    const text = '</script>\n# heading\n[link](http://evil) | <img src=x> `code` $x$ https://evil www.evil.com';
    const { page } = await pageOf([pair('q', { ...golden, score: 1 }, { ...golden, question: text, answer: text })]);
    const brief = evidenceBrief(page, 'http://127.0.0.1:8080/evidence/x');
    expect(brief).not.toMatch(/^# heading/m);
    expect(brief.replaceAll(/\\[\\`*_{}[\]()<>#+\-.!|~:$]/g, '')).not.toMatch(
      /<|\]\(http:\/\/evil|https?:\/\/evil|www\.|\$/,
    );
    expect(brief.length).toBeLessThan(6_000);
  });
});

it('is below 2 MB for 5,000 questions, whatever the answers hold', async () => {
  const long = '<&\u202e\u0000漢>"\''.repeat(12_000);
  const asked = Array.from({ length: 5_000 }, (_, i) => [
    answer({ questionId: `q${i}`, arm: 'incumbent', score: i % 2, answer: long, question: long, reference: long }),
    answer({
      questionId: `q${i}`,
      score: (i + 1) % 2,
      safe: i % 3 > 0,
      answer: `${long}!`,
      question: long,
      reference: long,
      reason: long,
    }),
  ]);
  const sampler = createSampler({ promotion: promotion.id, candidate: 'tuned', against: 'incumbent', judges: {} });
  const { page } = await pageOf(asked, { sampler });
  const sample = sampler.result({ evaluation: page.evidenceSha256, named: namedOn(page) });
  const html = await evidenceHtml({ ...page, blind: blindPart({ sample, id: '0'.repeat(12) }) });
  expect(sample.questions).toHaveLength(100);
  expect(Buffer.byteLength(html)).toBeLessThan(2_000_000);
});
