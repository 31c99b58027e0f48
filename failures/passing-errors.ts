/** Errors of the world around the program that pass by themselves, or once a person has made room. */

const PASSING = new Set([
  'EAGAIN',
  'EBUSY',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EDQUOT',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'EIO',
  'EMFILE',
  'ENETUNREACH',
  'ENFILE',
  'ENOMEM',
  'ENOSPC',
  'ENOTFOUND',
  'EPIPE',
  'EROFS',
  'ETIMEDOUT',
  'ERR_SQLITE_ERROR',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** SQLite's and Postgres's words for the same. */
const WORDS =
  /database is locked|database or disk is full|disk i\/o error|no space left|connection (terminated|refused|reset)/i;
const DEPTH = 6;

/** Whether a disk, a database or a network is in the way: it concerns whatever is done, and the same work may succeed later. */
export function isPassing(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < DEPTH; depth++, cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && PASSING.has(cause.code)) return true;
    if (WORDS.test(cause.message)) return true;
  }
  return false;
}
