import { describe, expect, it } from 'vitest';
import { errorOf, parseTrainingLog } from './training-log.ts';

// Recorded from trl 1.16.0.
const RECORDED = `
  warnings.warn(f"\`{old}\` is deprecated and will be removed in v6. Use \`{new}\` instead.", FutureWarning)
Generating train split: 0 examples [00:00, ? examples/s]\rGenerating train split: 753 examples [00:00, 61381.25 examples/s]
{'loss': '6.505', 'grad_norm': '2.358', 'learning_rate': '0.0027', 'entropy': '6.793', 'mean_token_accuracy': '0.04926', 'num_tokens': '6969', 'epoch': '0.4167'}
{'loss': '5.716', 'grad_norm': '1.752', 'learning_rate': '0.001735', 'entropy': '5.745', 'mean_token_accuracy': '0.09192', 'num_tokens': '1.392e+04', 'epoch': '0.8333'}
{'train_runtime': '19.87', 'train_samples_per_second': '48.32', 'train_steps_per_second': '1.51', 'train_loss': '5.912', 'epoch': '1.25'}
✅ Training completed.
`;

describe('progress', () => {
  it('is read from what trl prints', () => {
    expect(parseTrainingLog(RECORDED)).toEqual({ progressLines: 2, loss: 5.716, trainSeconds: 19.87 });
  });

  it('is none in an empty log', () => {
    expect(parseTrainingLog('')).toEqual({ progressLines: 0 });
  });

  it.each(['nan', 'inf', '-inf', 'NaN'])('says where the loss became %s', (loss) => {
    const log = `{'loss': '2.5', 'epoch': '0.1'}\n{'loss': '${loss}', 'epoch': '0.2'}\n{'loss': '0', 'epoch': '0.3'}\n`;
    expect(parseTrainingLog(log).notANumberAt).toBe(2);
  });

  it('does not take a gradient that is not a number for a loss', () => {
    expect(parseTrainingLog("{'loss': '2.5', 'grad_norm': 'nan'}\n").notANumberAt).toBeUndefined();
  });
});

describe('the reason of a failure', () => {
  it('is the last error line, with what follows it', () => {
    const log = `Traceback (most recent call last):
  File "sft.py", line 1, in <module>
ValueError: first
During handling of the above exception, another exception occurred:
torch.OutOfMemoryError: CUDA out of memory.
Tried to allocate 2 GiB
Loading weights: 100%|##########| 38/38 [00:00<00:00, 3431.00it/s]
`;
    expect(errorOf(log)).toBe('torch.OutOfMemoryError: CUDA out of memory.\nTried to allocate 2 GiB');
  });

  it("is an argument parser's complaint", () => {
    expect(errorOf('usage: sft.py [-h]\nsft.py: error: unrecognized arguments: --x')).toMatch(/^sft\.py: error/);
  });

  it('is the last lines where nothing looks like an error', () => {
    expect(errorOf('a\nb\nc\n', 2)).toBe('b\nc');
    expect(errorOf('')).toBe('it wrote nothing to its log');
  });
});
