import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../../contract/messages.ts';

const KEYWORD = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
const RETENTION_DAYS = 90;

/**
 * Registers the search attributes that workflows set: an unregistered one would stall every workflow task.
 * @throws Error with the command to run, where this worker may not register them
 */
export async function registerSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = SEARCH_ATTRIBUTES.filter(({ name }) => customAttributes[name] === undefined).map(({ name }) => name);
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  } catch (cause) {
    const flags = missing.map((name) => `--name ${name} --type Keyword`).join(' ');
    throw new Error(
      `namespace '${namespace}' lacks the search attributes ${missing.join(', ')}, and this worker may not register them. Ask someone who may to run:\n` +
        `  temporal operator search-attribute create --namespace ${namespace} ${flags}`,
      { cause },
    );
  }
}

/** The embedded server keeps closed runs for 24 hours unless told otherwise; people look back further. */
export async function keepHistory(connection: NativeConnection, namespace: string): Promise<void> {
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(`${RETENTION_DAYS} days`) },
  });
}
