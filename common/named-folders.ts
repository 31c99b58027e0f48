/** Folders of a machine, and what people call each: what goes elsewhere need not say where this machine keeps things. */
export type NamedFolders = readonly (readonly [path: string, name: string])[];

/** A text with folders called by their names; the project's own, whose name is empty, is left out: `configs/x.yaml`. */
export function namedFolders(text: string, folders: NamedFolders): string {
  return folders
    .filter(([path]) => path.length > 1)
    .toSorted(([a], [b]) => b.length - a.length)
    .reduce((said, [path, name]) => {
      const inside = said.replaceAll(`${path}/`, name === '' ? '' : `${name}/`);
      return inside.replace(new RegExp(`${RegExp.escape(path)}(?![\\w.-])`, 'g'), name || '.');
    }, text);
}

/** The same for an error and all that it came from, in place. */
export function nameFoldersIn(error: unknown, folders: NamedFolders): void {
  for (let one = error; one instanceof Error; one = one.cause) one.message = namedFolders(one.message, folders);
}
