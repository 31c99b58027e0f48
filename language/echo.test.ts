import fc from '../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { echoOf, isYesNoQuestion } from './echo.ts';

describe('the echo of a question (F28)', () => {
  it.each([
    ['Is the pill safe?', 'The pill is safe.'],
    ['Is aspirin an anti-inflammatory?', 'Aspirin is an anti-inflammatory.'],
    ['Is it true that bones lose calcium after menopause?', 'Bones lose calcium after menopause.'],
    ['Can you tell me whether the coil contains copper?', 'The coil contains copper.'],
    ['I want to know whether a period lasts 2 to 7 days.', 'A period lasts 2 to 7 days.'],
    ['Does the kettle hold two litres?', 'The kettle hold two litres.'],
    ["Isn't the risk of clots higher in smokers?", 'The risk of clots is not higher in smokers.'],
    ['Can the pill cause clots?', 'The pill can cause clots.'],
    ['Is there a test for it?', 'There is a test for it.'],
    ['What is anaemia?', 'Anaemia.'],
    ['What’s anaemia?', 'Anaemia.'],
    ['How many beds does the ward have?', 'Beds the ward have.'],
    ['How long does a normal period last?', 'A normal period last.'],
    ['What raises the risk of blood clots?', 'Raises the risk of blood clots.'],
    ['Please tell me how the implant works', 'The implant works.'],
    ['If a pregnant woman has a seizure, what should I do?', 'I do if a pregnant woman has a seizure.'],
    ['May I ask what liver contains?', 'Liver contains.'],
    ['Any idea what helps the body cool?', 'Helps the body cool.'],
    ['Why?', ''],
    ['Wie hoch ist der Blutdruck?', 'Wie hoch ist der Blutdruck.'],
    [
      "what antibiotic for my uti, i've got some left over amoxicillin",
      "Antibiotic for my uti, i've got some left over amoxicillin.",
    ],
  ])('of %j is %j', (question, echo) => expect(echoOf(question)).toBe(echo));

  it('never throws, never asks, and never grows beyond a word or two', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (question) => {
        const echo = echoOf(question);
        expect(echo.endsWith('?')).toBe(false);
        expect(echo.length).toBeLessThanOrEqual(2 * question.length + 8);
      }),
    ));

  it.each([
    ['Is the pill safe?', true],
    ['Does it hurt?', true],
    ["Isn't it dangerous?", true],
    ['Tell me whether the pill is safe.', true],
    ['Is it true that the pill is safe?', true],
    ['Do you know if the pill is safe?', true],
    ['Can you tell me how long a period lasts?', false],
    ['Do you know when ovulation happens?', false],
    ['What should I do if the pill was forgotten?', false],
    ['Explain how the coil works', false],
    ['Tell me about fibroids.', false],
    ['If I have a fever, what should I do?', false],
    ['If I smoke, can I take the pill?', true],
    ['May I ask when a scan happens?', false],
    ['Have you any idea how much activity adults should do?', false],
    ['Any idea what helps?', false],
    ['May I ask whether the pill is safe?', true],
    ['May I take the pill?', true],
    ['Could you say what to do in a fit?', false],
    ['', false],
  ])('%j asks for yes or no: %j', (question, yesNo) => expect(isYesNoQuestion(question)).toBe(yesNo));
});
