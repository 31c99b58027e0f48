/** Nothing runs and nothing is fetched, wherever the page is opened: it says so itself, and the gateway says it in a header. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
