import { z } from 'zod';

const NAME_RULE = 'lower-case letters, digits and dashes, at most 63 characters';

/** Names that become part of ids, folders and URLs. */
export const NameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, NAME_RULE)
  .meta({ expected: NAME_RULE });
