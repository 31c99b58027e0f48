import type { QaPair } from '../schema/data.ts';
import { originOf } from '../schema/origin.ts';

/** What a try at a rejected pair is called, and what it says of where it comes from. */
export function correctedFrom(
  before: QaPair,
  attempt: number,
): Required<Pick<QaPair, 'id' | 'correctionOf' | 'origin'>> {
  const { id } = before;
  const first = originOf(before).kind === 'correction' ? id.slice(0, id.lastIndexOf('~')) : id;
  return { id: `${first}~${attempt}`, correctionOf: id, origin: { kind: 'correction', attempt } };
}
