/** The embedding model that runs here: its weights are pinned, so that an index made by it is one that this Whetstone can ask. */
export const BUILTIN_EMBEDDING = {
  provider: 'builtin',
  model: 'all-minilm-l6-v2',
  /** Of its weights in int8, as ONNX. */
  sha256: '8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6',
  dimensions: 384,
} as const;
