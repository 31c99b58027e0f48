import JSZip from 'jszip';
import { DOMParser, type Document, type Element, type Node } from '@xmldom/xmldom';
import { inflateRawSync } from 'node:zlib';
import { MOST_MARKUP } from '../bounds.ts';
import { refused, unreadableFile, type Refusal } from '../reader.ts';

/** More than this of one file's parts is no document, but made to fill a memory. */
const MOST_BYTES = 400_000_000;
const MARKUP = /\.(?:xml|rels|x?html?)$/i;
/** How an encrypted or old Office file begins: a compound file of before 2007. */
const COMPOUND = [0xd0, 0xcf, 0x11, 0xe0];

/** What a part refers to, by id. */
export type Relations = ReadonlyMap<string, { type: string; target: string }>;

/** The parts of a file that is a ZIP of XML: Office's formats, EPUB. */
export class Package {
  readonly #zip: JSZip;
  readonly #xml = new Map<string, Promise<Document | undefined>>();

  private constructor(zip: JSZip) {
    this.#zip = zip;
  }

  /** @param expected in words, such as `a Word file (.docx)` */
  static async open(bytes: Uint8Array, expected: string): Promise<Package | Refusal> {
    if (COMPOUND.every((byte, i) => bytes[i] === byte)) {
      const fix = 'open it in the program that made it, and save it without a password in the newer format';
      return refused({
        kind: 'locked',
        found: 'a file that is locked by a password, or of the format of before 2007',
        expected,
        fix,
      });
    }
    let zip: JSZip;
    try {
      zip = await JSZip.loadAsync(bytes);
    } catch {
      return unreadableFile('a file that is no ZIP, or cut short', expected, 'repair it, or remove it');
    }
    const size = zip.filter(() => true).reduce((sum, file) => sum + sizeOf(file), 0);
    if (size > MOST_BYTES)
      return unreadableFile(
        `a file that unpacks to ${Math.round(size / 1e6)} MB`,
        `${expected} of less than ${MOST_BYTES / 1e6} MB unpacked`,
        'split it, or remove it',
      );
    const large = zip.filter((name, file) => MARKUP.test(name) && sizeOf(file) > MOST_MARKUP)[0];
    if (large)
      return unreadableFile(
        `${large.name} of ${Math.round(sizeOf(large) / 1e6)} MB unpacked`,
        `parts of less than ${MOST_MARKUP / 1e6} MB`,
        'split it, or remove it',
      );
    const liar = zip.filter(() => true).find(isLarger);
    if (liar)
      return unreadableFile(`${liar.name}, which unpacks to more than it says`, expected, 'repair it, or remove it');
    return new Package(zip);
  }

  async text(name: string): Promise<string | undefined> {
    return this.#zip.file(name)?.async('string');
  }

  async bytes(name: string): Promise<Uint8Array | undefined> {
    return this.#zip.file(name)?.async('uint8array');
  }

  /** A part as XML; undefined where there is none, or it is none. */
  xml(name: string): Promise<Document | undefined> {
    const known = this.#xml.get(name);
    if (known) return known;
    const read = this.text(name).then((text) => (text === undefined ? undefined : parseXml(text)));
    this.#xml.set(name, read);
    return read;
  }

  /** What a part refers to, by id: the names of the parts within this file. */
  async relations(name: string): Promise<Relations> {
    const slash = name.lastIndexOf('/');
    const folder = name.slice(0, slash + 1);
    const xml = await this.xml(`${folder}_rels/${name.slice(slash + 1)}.rels`);
    return new Map(
      elements(xml, 'Relationship')
        .filter((one) => one.getAttribute('TargetMode') !== 'External')
        .map((one) => [
          one.getAttribute('Id') ?? '',
          {
            type: (one.getAttribute('Type') ?? '').split('/').at(-1) ?? '',
            target: resolved(folder, one.getAttribute('Target') ?? ''),
          },
        ]),
    );
  }

  replace(name: string, text: string): void {
    this.#zip.file(name, text);
  }

  async packed(): Promise<Buffer> {
    return this.#zip.generateAsync({ type: 'nodebuffer' });
  }
}

/** A part's name from the folder of the one that names it. */
export function resolved(folder: string, target: string): string {
  if (target.startsWith('/')) return target.slice(1);
  const parts = folder.split('/').filter(Boolean);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function parseXml(text: string): Document | undefined {
  try {
    return new DOMParser({
      onError: (level, message) => {
        if (level === 'fatalError') throw new Error(message);
      },
    }).parseFromString(text, 'text/xml');
  } catch {
    return undefined;
  }
}

/** Elements anywhere below by their name without prefix, in the document's order. */
export function elements(node: Document | Element | undefined, name: string): Element[] {
  return node ? [...node.getElementsByTagNameNS('*', name)] : [];
}

/** Children by their name without prefix. */
export const childrenOf = (node: Element | undefined, name?: string): Element[] =>
  node
    ? [...node.childNodes].filter(
        (child): child is Element => isElement(child) && (name === undefined || child.localName === name),
      )
    : [];

export const childOf = (node: Element | undefined, name: string): Element | undefined => childrenOf(node, name)[0];

const isElement = (node: Node): node is Element => node.nodeType === 1;

/** What the archive says of a part: JSZip tells it on a field of its own. */
interface Packed {
  uncompressedSize?: number;
  compressedContent?: Uint8Array;
  compression?: { magic?: string };
}

const packedOf = (file: JSZip.JSZipObject): Packed => (file as unknown as { _data?: Packed })._data ?? {};

const sizeOf = (file: JSZip.JSZipObject): number => packedOf(file).uncompressedSize ?? 0;

const DEFLATE = '\x08\x00';

/** Whether a part unpacks to more than the archive says. */
function isLarger(file: JSZip.JSZipObject): boolean {
  const { uncompressedSize = 0, compressedContent, compression } = packedOf(file);
  if (!compressedContent || compression?.magic !== DEFLATE) return false;
  try {
    inflateRawSync(compressedContent, { maxOutputLength: Math.max(uncompressedSize, 1) });
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
  }
}
