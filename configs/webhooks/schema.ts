import { z } from 'zod';
import { unknownName } from '../../common/unknown-name.ts';
import { EVENT_TYPES, EVENTS, FUTURE_EVENTS, type EventType } from '../../schema/event.ts';
import { NameSchema } from '../name-schema.ts';

/** Who is told what the registry did: configs/webhooks.yaml, read by the worker, never by a run. */

const URL_RULE = 'an address such as https://hooks.example.com/whetstone, without a password in it';
const VARIABLE_RULE = 'the name of an environment variable, such as TEAM_WEBHOOK_SECRET';

const VariableSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, VARIABLE_RULE)
  .meta({ expected: VARIABLE_RULE, secret: true });

const EventSchema = z
  .string()
  .refine((type) => Object.hasOwn(EVENTS, type), { error: ({ input }) => notAnEvent(String(input)) })
  .transform((type) => type as EventType)
  .meta({ expected: 'an event, such as approval.wanted' });

function notAnEvent(type: string): string {
  const future = Object.hasOwn(FUTURE_EVENTS, type) && FUTURE_EVENTS[type as keyof typeof FUTURE_EVENTS];
  return future ? `${future}: leave it out` : unknownName('event', type, EVENT_TYPES);
}

export const WebhookSchema = z
  .strictObject({
    url: z
      .string()
      .refine(isAddress, `expected ${URL_RULE}`)
      .meta({ expected: URL_RULE })
      .optional()
      .describe('Where events are posted to. Private addresses are allowed; redirects are not followed.'),
    urlEnv: VariableSchema.optional().describe(
      'The environment variable that holds the address, where the address is itself a secret.',
    ),
    secretEnv: z
      .union([VariableSchema, z.array(VariableSchema).min(1)])
      .describe(
        'The environment variable that holds the secret (`whsec_...`) that messages are signed with; several while one takes the place of another.',
      ),
    events: z.array(EventSchema).min(1).describe('What it is told of.'),
    aliases: z
      .array(NameSchema)
      .min(1)
      .optional()
      .describe('Of events that are about an alias, only those about one of these; without it, all.'),
    deadAfterHours: z
      .number()
      .positive()
      .max(24 * 30)
      .default(24)
      .describe('Hours for which an event is tried again, while those after it wait, until it is set aside.'),
  })
  .refine(({ url, urlEnv }) => (url === undefined) !== (urlEnv === undefined), 'expected one of url and urlEnv');

export const WebhooksSchema = z.strictObject({
  webhooks: z.record(NameSchema, WebhookSchema).describe('Each by its name.'),
});

export type Webhook = z.output<typeof WebhookSchema>;

/** Whether a text is an address that events may be posted to. */
export function isAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, username, password } = new URL(address);
  return ['http:', 'https:'].includes(protocol) && username === '' && password === '';
}
