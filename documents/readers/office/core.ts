import { elements, type Package } from './package.ts';

/** What a file says of itself (Dublin Core): its title and language. */
export async function coreOf(file: Package): Promise<{ title?: string; language?: string }> {
  const core = await file.xml('docProps/core.xml');
  const said = (name: string) => elements(core, name)[0]?.textContent?.trim() || undefined;
  const title = said('title');
  const language = said('language');
  return { ...(title !== undefined && { title }), ...(language !== undefined && { language }) };
}
