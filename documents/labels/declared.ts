import { LabelsSchema, type Labels } from '../../schema/retrieval.ts';

/** What is said of a document in its front matter, in its row, or in a file of labels beside it. */

/** Said outright that everybody may read it: an exception from what stands further out in the same file. */
export const EVERYONE = 'everyone';

export type DeclaredLabels = Omit<Labels, 'groups'> & { groups?: string[] | typeof EVERYONE };

export interface LabelProblem {
  field: string;
  found: string;
  expected: string;
  fix: string;
}

export interface Declared {
  labels: DeclaredLabels;
  problems: LabelProblem[];
}

/** By the names that people write. */
const NAMES: Readonly<Record<string, keyof Labels>> = {
  licence: 'licence',
  license: 'licence',
  language: 'language',
  lang: 'language',
  groups: 'groups',
  validUntil: 'validUntil',
};
const LABELS = ['licence', 'language', 'groups', 'validUntil'];

/**
 * The labels among a document's own fields. Others may stand beside them, but none that is spelt so nearly like one that decides
 * who reads it: passed over, it would show the document to everybody.
 */
export function labelsAmong(fields: Readonly<Record<string, unknown>>): Declared {
  return declared(fields, (name) => {
    const meant = nearMiss(name);
    return meant && { ...unknown(name), expected: meant, fix: `write ${meant}, or give the field another name` };
  });
}

/** Fields of which each is a label. */
export const labelsOnly = (fields: Readonly<Record<string, unknown>>): Declared => declared(fields, unknown);

const unknown = (name: string): LabelProblem => ({
  field: name,
  found: `the unknown field '${name}'`,
  expected: LABELS.join(', '),
  fix: `write ${nearMiss(name) ?? 'one of these'}, or take it out`,
});

function declared(
  fields: Readonly<Record<string, unknown>>,
  other: (name: string) => LabelProblem | undefined,
): Declared {
  const labels: DeclaredLabels = {};
  const problems: LabelProblem[] = [];
  const names = new Map<keyof Labels, string>();
  for (const [name, value] of Object.entries(fields)) {
    const label = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
    const problem = label === undefined ? other(name) : undefined;
    if (problem) problems.push(problem);
    // A field that is left empty says nothing; but a list of groups may have been forgotten, or a day.
    const isEmpty = value === null || value === '';
    if (label === undefined || (isEmpty && (label === 'licence' || label === 'language'))) continue;
    const read = READ[label](value);
    if ('expected' in read) {
      problems.push({ field: name, ...read });
      continue;
    }
    const twice = names.get(label);
    if (twice !== undefined && JSON.stringify(labels[label]) !== JSON.stringify(read.value))
      problems.push({
        field: name,
        found: `${name} that says otherwise than ${twice}`,
        expected: 'one of them',
        fix: `take ${name} or ${twice} out`,
      });
    names.set(label, name);
    Object.assign(labels, { [label]: read.value });
  }
  return { labels, problems };
}

type Read = { value: unknown } | Omit<LabelProblem, 'field'>;

const READ: Readonly<Record<keyof Labels, (value: unknown) => Read>> = {
  licence: (value) => {
    const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return isScalar && String(value).trim()
      ? { value: String(value).trim() }
      : { found: shown(value), expected: 'a text such as CC-BY-4.0', fix: 'write it, or leave the field out' };
  },
  language: (value) => {
    const tag = typeof value === 'string' ? languageTag(value) : undefined;
    return tag === undefined
      ? { found: shown(value), expected: 'a language tag such as en or pt-BR', fix: 'write the tag' }
      : { value: tag };
  },
  groups: (value) => {
    if (value === EVERYONE) return { value };
    const names = Array.isArray(value) ? value.map((name) => (typeof name === 'string' ? name.trim() : name)) : value;
    const groups = LabelsSchema.shape.groups.safeParse(names);
    if (groups.success && groups.data && !groups.data.includes(EVERYONE))
      return { value: [...new Set(groups.data)].sort() };
    return {
      found: shown(value),
      expected: 'a list of the groups that may read it, such as [staff, hr]',
      fix: `write the list; for everybody, leave the field out or write ${EVERYONE}`,
    };
  },
  validUntil: (value) => {
    const day = LabelsSchema.shape.validUntil.safeParse(value);
    return day.success && day.data !== undefined
      ? { value: day.data }
      : { found: shown(value), expected: 'the last day on which it counts, such as 2027-01-31', fix: 'write the day' };
  },
};

/** As BCP 47 spells it, of a tag or an English name; undefined for what is neither. */
export function languageTag(text: string): string | undefined {
  const tag = text.trim().replaceAll('_', '-');
  if (!/^[a-z]{2,3}(?:-|$)/i.test(tag)) return languageNames().get(tag.toLowerCase());
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

let byName: Map<string, string> | undefined;

/** The languages of two letters, by their English names. */
function languageNames(): ReadonlyMap<string, string> {
  if (byName) return byName;
  const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
  const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
  const tags = letters.flatMap((first) => letters.map((second) => first + second));
  byName = new Map(tags.map((tag) => [names.of(tag)?.toLowerCase() ?? '', tag]));
  byName.delete('');
  return byName;
}

/** The label that decides who reads a document, or how long, which a name is a slip of. */
function nearMiss(name: string): 'groups' | 'validUntil' | undefined {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '');
  if (/^(?:access|allowed|user)?groups?$|^gro?u?ps?$|^acl$/.test(plain)) return 'groups';
  return /^valid(?:until|unti|untill|till?|to|thru|through)$/.test(plain) ? 'validUntil' : undefined;
}

const shown = (value: unknown): string =>
  value === undefined || value === null
    ? 'no value'
    : Array.isArray(value) && value.length === 0
      ? 'an empty list'
      : JSON.stringify(value).slice(0, 80);
