import fc from '../../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { GenerationSchema, KINDS, type GenerationConfig } from '../../configs/schema.ts';
import { planTasks } from './plan-tasks.ts';
import { quotas } from './quota.ts';
import { KindSchema, type Chunk, type GenerationTask, type Kind } from '../../schema/data.ts';

/** Chunks of documents of ten; chunk i of each document speaks of the same rare thing. */
const chunksOf = (count: number): Chunk[] =>
  Array.from({ length: count }, (_, i) => {
    const text = `The harbour of district ${i} keeps quartz${i % 10} and marble${i % 10} in hall${i % 10}.`;
    const documentId = `doc${Math.floor(i / 10)}`;
    return {
      id: `${documentId}#${i % 10}`,
      documentId,
      index: i % 10,
      title: documentId,
      headings: [],
      start: 0,
      end: text.length,
      text,
      tokens: 12,
    };
  });
const config = (generation: Partial<GenerationConfig>) =>
  GenerationSchema.parse({ target: 40, phrasings: 2, surplus: 0, ...generation });
const plan = (options: {
  chunks?: number;
  generation?: Partial<GenerationConfig>;
  accepted?: { chunkId: string; kind: Kind }[];
  sample?: number;
  asked?: GenerationTask[];
  free?: boolean;
  first?: ReadonlySet<string>;
}) => {
  const { chunks = 20, generation = {}, accepted = [], sample = 0, asked, free = false, first } = options;
  return planTasks({
    chunks: chunksOf(chunks),
    generation: config(generation),
    accepted,
    sample,
    seed: 17,
    asked,
    free,
    first,
  });
};
const factsBy = (tasks: GenerationTask[]) => {
  const facts: Partial<Record<string, number>> = {};
  for (const { kind, facts: count } of tasks) facts[kind] = (facts[kind] ?? 0) + count;
  return facts;
};
const accepted = (...counts: number[]) =>
  counts.flatMap((count, i) =>
    Array.from({ length: count }, () => ({ chunkId: `doc0#${i}`, kind: 'factual' as const })),
  );

it('knows the kinds that a config may ask for', () => expect(KindSchema.options).toEqual([...KINDS]));

describe('the first round', () => {
  it('asks every chunk for its part of the target, and lets the teacher choose the kind', () => {
    const { tasks, missing } = plan({ chunks: 7, generation: { target: 40 } });
    expect(missing).toBe(40);
    expect(tasks.map(({ kind, facts, phrasings, sample }) => ({ kind, facts, phrasings, sample }))).toEqual(
      Array.from({ length: 7 }, () => ({ kind: 'any', facts: 3, phrasings: 2, sample: 0 })),
    );
  });

  it('asks for kinds in their shares, and still every chunk', () => {
    const kinds = { factual: 0.5, procedural: 0.25, unanswerable: 0.25 } as const;
    const { tasks } = plan({ chunks: 40, generation: { target: 320, kinds } });
    expect(factsBy(tasks)).toEqual({ factual: 80, procedural: 40, unanswerable: 40 });
    expect(new Set(tasks.map(({ chunks: [chunk] }) => chunk?.id)).size).toBe(40);
  });

  it('spreads the kinds over all documents', () => {
    const kinds = { factual: 3, comparison: 1 } as const;
    const { tasks } = plan({ chunks: 40, generation: { target: 80, kinds } });
    const documents = tasks.flatMap(({ kind, chunks: [chunk] }) => (kind === 'comparison' ? chunk?.documentId : []));
    expect(new Set(documents).size).toBe(4);
  });

  it('gives multi-hop questions a related passage of another document, and asks for none where there is none', () => {
    const generation = { target: 40, kinds: { 'multi-hop': 1 } } as const;
    const { tasks } = plan({ chunks: 20, generation });
    expect(tasks).toHaveLength(20);
    for (const { chunks } of tasks) {
      expect(chunks).toHaveLength(2);
      expect(chunks[0]?.documentId).not.toBe(chunks[1]?.documentId);
      // The one that speaks of the same rare things.
      expect(chunks[0]?.index).toBe(chunks[1]?.index);
    }
    expect(plan({ chunks: 10, generation }).tasks).toEqual([]);
  });

  it('lets every persona ask in every language', () => {
    const { tasks } = plan({ generation: { personas: ['a nurse', 'a teenager'], languages: ['English', 'German'] } });
    const asked = new Set(tasks.map(({ persona, language }) => `${persona} ${language}`));
    expect([...asked].sort()).toEqual(['a nurse English', 'a nurse German', 'a teenager English', 'a teenager German']);
  });
});

describe('a small target', () => {
  const ids = (tasks: GenerationTask[]) => tasks.map(({ chunks: [chunk] }) => chunk?.id ?? '');
  const small = { target: 20, phrasings: 2, surplus: 0.3 };

  it('asks only as many passages as it needs, spread over the documents (F18)', () => {
    const { tasks } = plan({ chunks: 1500, generation: small });
    expect(tasks.map(({ facts }) => facts)).toEqual(Array.from({ length: 13 }, () => 1));
    expect(new Set(tasks.map(({ chunks: [chunk] }) => chunk?.documentId)).size).toBe(13);
    expect(ids(tasks)).toEqual(ids(plan({ chunks: 1500, generation: small }).tasks));
    // In the order of the documents.
    const places = tasks.map(({ chunks: [chunk] }) => Number(chunk?.documentId.slice(3)));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('asks those first, and for more, of which something changed', () => {
    const first = new Set(['doc7#3', 'doc90#9']);
    const { tasks } = plan({ chunks: 1500, generation: small, first });
    expect(tasks).toHaveLength(13);
    const changed = tasks.filter(({ chunks: [chunk] }) => first.has(chunk?.id ?? ''));
    expect(changed.map(({ facts }) => facts)).toEqual([12, 12]);
    // In the order of the documents, all the same.
    expect(ids(tasks)).toEqual(expect.arrayContaining([...first]));
  });

  it('goes on with passages that were not asked, as many as earlier ones make likely (F18)', () => {
    const first = plan({ chunks: 1500, generation: small }).tasks;
    const [one, two] = ids(first);
    const brought = [one, two].map((chunkId) => ({ chunkId: chunkId ?? '', kind: 'factual' as const }));
    const { tasks, fresh } = plan({ chunks: 1500, generation: small, accepted: brought, sample: 1, asked: first });
    expect(ids(tasks).filter((id) => ids(first).includes(id))).toEqual([]);
    // 18 are missing; of 26 pairs asked for 2 were accepted, so ten times as many are asked for.
    expect(tasks).toHaveLength(90);
    expect(fresh).toBe(90);
    expect(tasks.every(({ sample }) => sample === 0)).toBe(true);
  });

  it('asks again when no passage is left, and a free teacher all of them, where it left off (F18)', () => {
    const generation = { target: 40, phrasings: 2 };
    const first = plan({ chunks: 4, generation }).tasks;
    expect(first.map(({ facts }) => facts)).toEqual([5, 5, 5, 5]);
    const brought = accepted(10, 9, 10, 1);
    const paid = plan({ chunks: 4, generation, accepted: brought, sample: 1, asked: first });
    expect(paid.fresh).toBe(0);
    expect(ids(paid.tasks)).toContain('doc0#3');
    expect(paid.tasks.every(({ sample }) => sample === 1)).toBe(true);
    const again = plan({ chunks: 4, generation, accepted: brought, sample: 1, asked: first, free: true }).tasks;
    expect(again.map(({ facts, sample }) => [facts, sample])).toEqual(Array.from({ length: 4 }, () => [5, 1]));
    const third = plan({
      chunks: 4,
      generation,
      accepted: brought,
      sample: 2,
      asked: [...first, ...again],
      free: true,
    });
    expect(third.tasks.map(({ sample }) => sample)).toEqual([2, 2, 2, 2]);
  });

  it('gives kinds their shares of few passages, and asks none that can not be asked', () => {
    const kinds = { factual: 1, safety: 1 } as const;
    expect(factsBy(plan({ chunks: 200, generation: { ...small, kinds } }).tasks)).toEqual({ factual: 7, safety: 7 });
    const pairs = { ...small, kinds: { 'multi-hop': 1 } } as const;
    expect(plan({ chunks: 200, generation: pairs }).tasks).toHaveLength(13);
  });

  it('never asks twice in a round, nor more than it needs, whatever was accepted', () => {
    const counts = fc.array(fc.nat(4), { maxLength: 20 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), counts, fc.boolean(), (target, had, free) => {
        const first = plan({ generation: { target } }).tasks;
        const brought = accepted(...had).slice(0, target);
        const { tasks, missing } = plan({ generation: { target }, accepted: brought, sample: 1, asked: first, free });
        expect(new Set(ids(tasks)).size).toBe(tasks.length);
        expect(tasks.length > 0).toBe(missing > 0);
      }),
    );
  });
});

describe('a later round', () => {
  it('asks nobody when the target is met', () => {
    expect(plan({ chunks: 4, generation: { target: 8 }, accepted: accepted(4, 4), sample: 1 })).toEqual({
      tasks: [],
      missing: 0,
      fresh: 0,
    });
  });

  it('asks where the fewest were accepted, in the order of the documents', () => {
    const later = { chunks: 4, accepted: accepted(4, 0, 4, 1), sample: 1 };
    const ids = (surplus: number) =>
      plan({ ...later, generation: { target: 13, surplus } }).tasks.map(({ chunks: [chunk] }) => chunk?.id);
    expect(ids(0)).toEqual(['doc0#1', 'doc0#3']);
    expect(ids(0.5)).toEqual(['doc0#0', 'doc0#1', 'doc0#3']);
  });

  it('asks for what each kind lacks, and for no more of one that has its share', () => {
    const kinds = { factual: 1, safety: 1 } as const;
    const had = accepted(10, 10, 10);
    const { tasks, missing } = plan({ generation: { target: 40, kinds }, accepted: had, sample: 1 });
    expect(missing).toBe(20);
    expect(factsBy(tasks)).toEqual({ safety: 10 });
  });

  it('asks for a kind that falls short also where others have filled the target', () => {
    const kinds = { factual: 1, safety: 1 } as const;
    const had = accepted(20, 20);
    const { tasks } = plan({ generation: { target: 40, kinds }, accepted: had, sample: 1 });
    expect(Object.keys(factsBy(tasks))).toEqual(['safety']);
  });
});

describe('quotas', () => {
  it('add up, by largest remainder', () => {
    expect([...quotas(10, { a: 1, b: 1, c: 1 })]).toEqual([
      ['a', 4],
      ['b', 3],
      ['c', 3],
    ]);
    expect([...quotas(7, { a: 0.5, b: 0.3, c: 0.2 }).values()]).toEqual([4, 2, 1]);
  });
});
