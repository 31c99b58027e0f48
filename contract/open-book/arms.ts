/** Names of the arms that a run adds to its candidates, for workflows. */
export { closedArmOf, EXTRACT_ARM, openArmOf } from '../../schema/evaluation.ts';
