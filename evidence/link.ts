/** Where a page is found, by its id: an address where a gateway is known, else the command that finds it. */
export const pageLink = (id: string, gateway: string | undefined): string =>
  gateway === undefined || gateway === ''
    ? `npx whetstone report ${id}`
    : `${gateway.replace(/\/+$/, '')}/evidence/${id.split('/').map(encodeURIComponent).join('/')}`;
