import { describe, expect, it } from 'vitest';
import { diskFullIn } from './full-disk.ts';

describe('a full disk', () => {
  it.each([
    'OSError: [Errno 28] No space left on device',
    'safetensors_rust.SafetensorError: Error while serializing: I/O error: No space left on device (os error 28)',
    'RuntimeError: [enforce fail at inline_container.cc:668] . PytorchStreamWriter failed writing file data/12: file write failed',
    'OSError: [Errno 122] Disk quota exceeded',
  ])('is told by %j', (line) => {
    expect(diskFullIn(`{'loss': '2.5'}\n${line}\nKilled\n`)).toBe(line);
  });

  it('is not told by what was long before, or by other errors', () => {
    expect(diskFullIn(`No space left on device\n${"{'loss': '2.5'}\n".repeat(2000)}`)).toBeUndefined();
    expect(diskFullIn('torch.OutOfMemoryError: CUDA out of memory.\n')).toBeUndefined();
  });
});
