/** What an answer to a section's question says: at its beginning, so that it may be asked for outright, and somewhere. */
export interface SectionKind {
  /** How the section is named. */
  named: RegExp;
  /** What the first statement of an answer says. */
  opens: RegExp;
  /** What some part of it says, where the question is an open one. */
  speaksOf: RegExp;
}

const KINDS: readonly SectionKind[] = [
  {
    named: /treat|therap|management/i,
    opens:
      /^(?!the (?:goal|focus|aim))(?:the )?(?:\S+ ){0,3}?treatments?\b(?! (?:may|can|will) (?:also )?cause)|^(?:\S+ ){1,6}?(?:is|are|be) (?:\w+ )?(?:treated|managed)\b|\btypes of (?:standard )?treatments?\b|\bno (?:\w+ )?(?:cure|treatment)\b/i,
    speaksOf: /treat|therap|surg|medicin|medication|drug|cure|transplant/i,
  },
  {
    named: /symptom|sign/i,
    opens:
      /^(?!.*\b(?:treat|prescrib|medic)).*\b(?:symptoms?|signs?)\b(?! or symptom).{0,60}?\b(?:include|are|may be|is|range|of|vary|appear|develop|begin)\b|^(?!.*\b(?:treat|prescrib|medic)).*\b(?:characterized|may (?:have|feel|cause|notice))\b/i,
    speaksOf: /symptom|sign|pain|fever|may (?:have|feel|cause|be)|include|weak|loss|affected|can cause|characteri/i,
  },
  {
    named: /cause/i,
    opens:
      /\bcaus(?:es?|ed|ing)\b|\bresults? from\b|\bmutations?\b|\b(?:occurs?|develops?|happens?) (?:when|because|if)\b/i,
    speaksOf: /caus|due to|mutation|gene|result|virus|bacteria|when|lead|risk/i,
  },
  { named: /diagnos/i, opens: /\bdiagnos/i, speaksOf: /diagnos|test|exam|scan|detect|doctor|check|biops|screen/i },
  {
    named: /prevent/i,
    opens: /\b(?:prevent|avoid|protect|lower|reduc|vaccin)/i,
    speaksOf: /prevent|avoid|protect|vaccin|lower|reduc|healthy|risk/i,
  },
  {
    named: /outlook|prognosis/i,
    opens: /\b(?:outlook|prognosis|recover|surviv|life expectancy|prognoses)/i,
    speaksOf: /outlook|prognos|recover|surviv|live|life|improve|death|course|progress|cure/i,
  },
  {
    named: /risk|affected/i,
    opens:
      /\brisk factors?\b|\bat (?:\w+ )?risk\b|\bmore (?:likely|common|often)\b|\baffects?\b|\b(?:raise|increase)s? (?:\S+ ){0,2}?risk\b|\boccurs? in\b/i,
    speaksOf: /risk|likely|common|develop|affect|occur/i,
  },
  {
    named: /stage/i,
    opens: /\bstages? (?:are|is|[0IV]+|\d)\b|\bstages\b|\bstaged\b/i,
    speaksOf: /\bstag(?:e|es|ed|ing)\b/i,
  },
  { named: /complication/i, opens: /\bcomplication|\blead to\b/i, speaksOf: /complication|lead to|cause/i },
  { named: /inherit/i, opens: /\binherit|\bautosomal\b|\bpassed\b/i, speaksOf: /inherit|gene|chromosom|parent/i },
  {
    named: /research/i,
    opens: /\bresearch|\bstud(?:y|ies)|\btrials?\b/i,
    speaksOf: /research|stud(?:y|ie)|trial|scientist|investigat/i,
  },
];

export const kindOf = (part: string): SectionKind | undefined => KINDS.find(({ named }) => named.test(part));
