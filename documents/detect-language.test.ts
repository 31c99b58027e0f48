import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import fc from '../test/support/property.ts';
import { detectLanguage } from './detect-language.ts';

const { dirname } = import.meta;

it.each([
  ['en', 'An anomaly scan usually happens between 18 and 21 weeks of pregnancy, and takes half an hour.'],
  ['de', 'Die Bestellung kann innerhalb von vierzehn Tagen ohne Angabe von Gründen widerrufen werden.'],
  ['fr', "La période d'essai dure trois mois et peut être renouvelée une fois par accord écrit."],
  ['es', 'Los empleados pueden solicitar hasta treinta días de vacaciones pagadas cada año natural.'],
  [
    'ja',
    '子宮内膜症は、子宮の内側を覆う組織に似た組織が子宮の外側で成長する病気です。痛みや不妊の原因となることがあります。治療には薬と手術があります。',
  ],
  ['el', 'Η εγγύηση ισχύει για δύο χρόνια από την ημερομηνία αγοράς και δεν καλύπτει τις μπαταρίες.'],
])('is %s', async (language, text) => expect(await detectLanguage(text)).toBe(language));

it.each([
  ['nothing', ''],
  ['a title', 'Opening hours'],
  ['names of drugs', 'paracetamol ibuprofen aspirin amoxicillin doxycycline metronidazole fluconazole clotrimazole'],
  ['names of people', 'Maria Schmidt Jean Dupont Giulia Rossi Anna Kowalska Peter Novak Lars Hansen Mehmet Yilmaz'],
  ['a table of numbers', Array.from({ length: 50 }, (_, i) => `| ${i} | ${i * 7} mg |`).join('\n')],
  ['code in a fence', `\`\`\`ts\n${readFileSync(join(dirname, 'chunk.ts'), 'utf8')}\n\`\`\`\n`],
  ['bytes as text', Buffer.from('hello world, '.repeat(20)).toString('base64')],
])('can not be told of %s', async (_, text) => expect(await detectLanguage(text)).toBeUndefined());

it('takes any text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), async (text) => {
      expect((await detectLanguage(text)) ?? 'none').toMatch(/^[a-z]{2,4}$/);
    }),
  );
});
