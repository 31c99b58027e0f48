import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import pLimit from 'p-limit';
import { MissingArtifactError } from '../../common/errors.ts';
import { changed } from '../checks.ts';
import { explain, isMissing, isTaken, statusOf } from './errors.ts';
import { uriOf, type ObjectPlace } from './location.ts';

/** Objects of a bucket: written once, under the hash of their content, and read to local files. */

export interface Found {
  key: string;
  bytes: number;
  /** ISO 8601. */
  writtenAt: string;
}

export type Objects = ReturnType<typeof createObjects>;

/**
 * S3 takes 10,000 parts of an object. The parts under way are in memory, and what was sent stays there for a while: so they are few, and
 * files of several parts take turns.
 */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
const MOST_PARTS = 9_000;
/** Tries without a byte, of a download that broke off. */
const TRIES = 4;
const FIRST_PAUSE_MS = 200;
/** As for files: content that is written again often is not sent each time. */
const FRESH_MS = 60 * 60 * 1000;

export function createObjects(client: S3Client) {
  const largeFiles = pLimit(1);

  /** What is there, or undefined; `sha256` as its writer noted it. */
  async function head(place: ObjectPlace) {
    const { bucket: Bucket, key: Key } = place;
    try {
      const { ContentLength, LastModified, Metadata } = await client.send(new HeadObjectCommand({ Bucket, Key }));
      return { bytes: ContentLength ?? 0, at: LastModified?.getTime() ?? 0, sha256: Metadata?.['sha256'] };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw explain(error, { doing: 'read', uri: uriOf(place) });
    }
  }

  /** @param only false writes over what is there @returns false where something is there */
  async function upload(place: ObjectPlace, { path, sha256, only }: { path: string; sha256: string; only: boolean }) {
    const { size } = await stat(path);
    const Body = createReadStream(path);
    try {
      const params = { Bucket: place.bucket, Key: place.key, Body, Metadata: { sha256 } };
      const partSize = Math.max(PART_BYTES, Math.ceil(size / MOST_PARTS));
      const asked = { ...params, ...(only && { IfNoneMatch: '*' }) };
      const send = () => new Upload({ client, params: asked, partSize, queueSize: PARTS_AT_ONCE }).done();
      await (size > partSize ? largeFiles(send) : send());
      return true;
    } catch (error) {
      if (isTaken(error)) return false;
      throw explain(error, { doing: 'write', uri: uriOf(place) });
    } finally {
      Body.destroy();
    }
  }

  /** The hash of what is there, read whole. */
  async function hashOf(place: ObjectPlace): Promise<string> {
    const hash = createHash('sha256');
    await read(place, async (chunk) => void hash.update(chunk));
    return hash.digest('hex');
  }

  /** Reads an object from its start to its end, and goes on where a connection broke off. */
  async function read(place: ObjectPlace, take: (chunk: Uint8Array) => Promise<void>): Promise<void> {
    const { bucket: Bucket, key: Key } = place;
    let offset = 0;
    let etag: string | undefined;
    let taking = false;
    for (let tries = 1; ; tries++) {
      const began = offset;
      try {
        const rest = offset > 0 && { Range: `bytes=${offset}-`, IfMatch: etag };
        const reply = await client.send(new GetObjectCommand({ Bucket, Key, ...rest }));
        etag = reply.ETag;
        for await (const chunk of reply.Body as AsyncIterable<Uint8Array>) {
          taking = true;
          await take(chunk);
          taking = false;
          offset += chunk.length;
        }
        if (offset === began + (reply.ContentLength ?? offset - began)) return;
        throw new Error('the connection ended before the content did');
      } catch (error) {
        // Of the disk that is written to, not of the connection.
        if (taking) throw error;
        if (offset > began) tries = 1;
        // An answer was tried again by the client already.
        if (statusOf(error) !== undefined || tries === TRIES)
          throw explain(error, { doing: 'read', uri: uriOf(place) });
        await sleep(FIRST_PAUSE_MS * 2 ** (tries - 1));
      }
    }
  }

  async function text(place: ObjectPlace): Promise<string> {
    const parts: Uint8Array[] = [];
    await read(place, async (chunk) => void parts.push(chunk));
    return Buffer.concat(parts).toString('utf8');
  }

  /** Writes a small text. @param only where nothing is @returns false where something is there */
  async function putText(place: ObjectPlace, text: string, { only }: { only: boolean }): Promise<boolean> {
    const { bucket: Bucket, key: Key } = place;
    try {
      await client.send(new PutObjectCommand({ Bucket, Key, Body: text, ...(only && { IfNoneMatch: '*' }) }));
      return true;
    } catch (error) {
      if (only && isTaken(error)) return false;
      throw explain(error, { doing: 'write', uri: uriOf(place) });
    }
  }

  return {
    /**
     * Writes a local file where nothing is; what is there already must have its content, and counts as new.
     * @throws ArtifactError where it has another
     */
    async put(place: ObjectPlace, { path, sha256 }: { path: string; sha256: string }): Promise<void> {
      let there = await head(place);
      if (!there) {
        if (await upload(place, { path, sha256, only: true })) return;
        there = await head(place);
      }
      if (there && there.sha256 !== sha256) {
        const found = await hashOf(place);
        if (found !== sha256) throw changed(uriOf(place), sha256, found);
      }
      if (!there || Date.now() - there.at > FRESH_MS) await upload(place, { path, sha256, only: false });
    },

    /** Brings an object to a new local file. @throws ArtifactError where its content has another hash */
    async get(place: ObjectPlace, { path, sha256 }: { path: string; sha256: string }): Promise<void> {
      const hash = createHash('sha256');
      const file = await open(path, 'wx');
      try {
        await read(place, async (chunk) => {
          hash.update(chunk);
          await file.writeFile(chunk);
        });
      } finally {
        await file.close();
      }
      const found = hash.digest('hex');
      if (found !== sha256) throw changed(uriOf(place), sha256, found);
    },

    read,

    text,

    async textIfThere(place: ObjectPlace): Promise<string | undefined> {
      return text(place).catch((error: unknown) => {
        if (error instanceof MissingArtifactError) return undefined;
        throw error;
      });
    },

    putText,

    /** Writes the same text again where it is not of this hour. */
    async refresh(place: ObjectPlace, same: string): Promise<void> {
      const there = await head(place);
      if (there && Date.now() - there.at > FRESH_MS) await putText(place, same, { only: false });
    },

    async *list({ bucket: Bucket, key: Prefix }: ObjectPlace): AsyncGenerator<Found> {
      try {
        for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix }))
          for (const { Key, Size = 0, LastModified } of Contents)
            if (Key !== undefined)
              yield { key: Key, bytes: Size, writtenAt: (LastModified ?? new Date(0)).toISOString() };
      } catch (error) {
        throw explain(error, { doing: 'list', uri: uriOf({ bucket: Bucket, key: Prefix }) });
      }
    },

    async delete({ bucket: Bucket, key: Key }: ObjectPlace): Promise<void> {
      try {
        await client.send(new DeleteObjectCommand({ Bucket, Key }));
      } catch (error) {
        if (!isMissing(error)) throw explain(error, { doing: 'delete', uri: uriOf({ bucket: Bucket, key: Key }) });
      }
    },
  };
}
