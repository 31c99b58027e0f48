import JSZip from 'jszip';

/** Small files of the formats that people's documents have, made part by part as their standards say. */

const RELATIONS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const WORD = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main';
const DRAWING = 'http://schemas.openxmlformats.org/drawingml/2006/main';
const SLIDE = 'http://schemas.openxmlformats.org/presentationml/2006/main';
const MATH = 'http://schemas.openxmlformats.org/officeDocument/2006/math';
const CHART = 'http://schemas.openxmlformats.org/drawingml/2006/chart';

export async function zipOf(parts: Readonly<Record<string, string | Uint8Array>>): Promise<Uint8Array> {
  const zip = new JSZip();
  for (const [name, content] of Object.entries(parts)) zip.file(name, content);
  return zip.generateAsync({ type: 'uint8array', compression: 'DEFLATE' });
}

const relations = (...all: [id: string, type: string, target: string][]) =>
  `<Relationships xmlns="${RELATIONS}">${all.map(([id, type, target]) => `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`).join('')}</Relationships>`;

/** A Word file of the body's XML, in the prefixes `w`, `m`, `a`, `c` and `r`. */
export const docxOf = (body: string, more: Record<string, string> = {}): Promise<Uint8Array> =>
  zipOf({
    '[Content_Types].xml': `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
    '_rels/.rels': relations(['d', 'officeDocument', 'word/document.xml']),
    'word/document.xml': `<w:document xmlns:w="${WORD}" xmlns:m="${MATH}" xmlns:a="${DRAWING}" xmlns:c="${CHART}" xmlns:r="${OFFICE}"><w:body>${body}</w:body></w:document>`,
    'word/_rels/document.xml.rels': relations(['chart', 'chart', 'charts/chart1.xml']),
    'word/styles.xml': `<w:styles xmlns:w="${WORD}"><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>`,
    ...more,
  });

export const paragraph = (text: string, style?: string): string =>
  `<w:p>${style ? `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>` : ''}<w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;

export const chartOf = (title: string, series: string, points: readonly [string, number][]): string => {
  const cache = (values: readonly (string | number)[]) =>
    values.map((value, i) => `<c:pt idx="${i}"><c:v>${value}</c:v></c:pt>`).join('');
  return `<c:chartSpace xmlns:c="${CHART}" xmlns:a="${DRAWING}"><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>${title}</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea><c:barChart><c:ser><c:tx><c:strRef><c:strCache><c:pt idx="0"><c:v>${series}</c:v></c:pt></c:strCache></c:strRef></c:tx><c:cat><c:strRef><c:strCache>${cache(points.map(([name]) => name))}</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:numCache>${cache(points.map(([, value]) => value))}</c:numCache></c:numRef></c:val></c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>`;
};

/** A deck of slides, each the XML of its shapes in the prefixes `p`, `a` and `r`; notes by the slide's number. */
export const pptxOf = (
  slides: readonly string[],
  notes: Readonly<Record<number, string>> = {},
): Promise<Uint8Array> => {
  const names = `xmlns:p="${SLIDE}" xmlns:a="${DRAWING}" xmlns:r="${OFFICE}"`;
  const parts = slides.flatMap((shapes, i): [string, string][] => [
    [`ppt/slides/slide${i + 1}.xml`, `<p:sld ${names}><p:cSld><p:spTree>${shapes}</p:spTree></p:cSld></p:sld>`],
    ...(notes[i + 1] === undefined
      ? []
      : ([
          [
            `ppt/slides/_rels/slide${i + 1}.xml.rels`,
            relations(['n', 'notesSlide', `../notesSlides/notes${i + 1}.xml`]),
          ],
          [
            `ppt/notesSlides/notes${i + 1}.xml`,
            `<p:notes ${names}><p:cSld><p:spTree>${shape([notes[i + 1]!], 'body')}</p:spTree></p:cSld></p:notes>`,
          ],
        ] as [string, string][])),
  ]);
  return zipOf({
    'ppt/presentation.xml': `<p:presentation ${names}><p:sldIdLst>${slides.map((_, i) => `<p:sldId id="${256 + i}" r:id="s${i + 1}"/>`).join('')}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relations(
      ...slides.map((_, i): [string, string, string] => [`s${i + 1}`, 'slide', `slides/slide${i + 1}.xml`]),
    ),
    ...Object.fromEntries(parts),
  });
};

export const shape = (paragraphs: readonly string[], placeholder?: string, settings = ''): string =>
  `<p:sp><p:nvSpPr><p:cNvPr id="1" name="x"/><p:nvPr>${placeholder ? `<p:ph type="${placeholder}"/>` : ''}</p:nvPr></p:nvSpPr><p:txBody>${paragraphs.map((text) => `<a:p><a:pPr>${settings}</a:pPr><a:r><a:t>${text}</a:t></a:r></a:p>`).join('')}</p:txBody></p:sp>`;

/** A book of chapters, each the inside of its page's body. */
export const epubOf = (title: string, chapters: readonly string[]): Promise<Uint8Array> =>
  zipOf({
    mimetype: 'application/epub+zip',
    'META-INF/container.xml': `<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>`,
    'OEBPS/book.opf': `<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>${title}</dc:title><dc:language>en</dc:language></metadata><manifest><item id="nav" href="nav.xhtml" properties="nav"/>${chapters.map((_, i) => `<item id="c${i}" href="text/chapter%20${i}.xhtml"/>`).join('')}</manifest><spine><itemref idref="nav"/>${chapters.map((_, i) => `<itemref idref="c${i}"/>`).join('')}</spine></package>`,
    'OEBPS/nav.xhtml': '<html><body><nav><ol><li>Contents</li></ol></nav></body></html>',
    ...Object.fromEntries(
      chapters.map((body, i) => [
        `OEBPS/text/chapter ${i}.xhtml`,
        `<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body>${body}</body></html>`,
      ]),
    ),
  });

/** A PDF of pages, each its lines from top to bottom: text, and at which point from the left and of which size. */
export function pdfOf(
  pages: readonly (readonly { text: string; x?: number; y?: number; size?: number }[])[],
): Uint8Array {
  const objects: string[] = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  const kids = pages.map((lines) => {
    const stream = lines
      .map(
        ({ text, x = 72, y, size = 11 }, i) =>
          `BT /F1 ${size} Tf ${x} ${y ?? 740 - 18 * i} Td (${text.replace(/([()\\])/g, '\\$1')}) Tj ET`,
      )
      .join('\n');
    objects.push(`<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`);
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${objects.length} 0 R >>`,
    );
    return `${objects.length} 0 R`;
  });
  objects[1] = `<< /Type /Pages /Kids [${kids.join(' ')}] /Count ${kids.length} >>`;
  const parts: string[] = ['%PDF-1.4\n'];
  const offsets: number[] = [];
  let length = parts[0]!.length;
  for (const [i, object] of objects.entries()) {
    offsets.push(length);
    const part = `${i + 1} 0 obj\n${object}\nendobj\n`;
    parts.push(part);
    length += part.length;
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  parts.push(
    `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${length}\n%%EOF\n`,
  );
  return Buffer.from(parts.join(''), 'latin1');
}
