import type { ChatModel, EmbeddingModel } from '../../contract/ports.ts';

/** How the ledger keeps vectors: each text is a call of its own, its answer the bytes of the vector as text, in the table of all calls. */

/** An embedding model as calls to keep. */
export function asCalls(embedding: EmbeddingModel): ChatModel {
  return {
    ...embedding,
    async chat({ messages }, signal) {
      const { vectors, inputTokens } = await embedding.embed([messages[0]?.content ?? ''], signal);
      const [vector = new Float32Array()] = vectors;
      const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
      return { text: bytes.toString('base64'), finishReason: 'stop', inputTokens, outputTokens: 0 };
    },
  };
}

/** The vectors of kept calls. */
export function asEmbeddings(calls: ChatModel): EmbeddingModel {
  return {
    ...calls,
    async embed(texts, signal) {
      const ask = (content: string) => calls.chat({ messages: [{ role: 'user', content }] }, signal);
      const replies = await Promise.all(texts.map(ask));
      return {
        vectors: replies.map(({ text }) => {
          const bytes = Buffer.from(text, 'base64');
          return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
        }),
        inputTokens: replies.reduce((sum, reply) => sum + reply.inputTokens, 0),
      };
    },
  };
}
