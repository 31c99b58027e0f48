import { describe, expect, it } from 'vitest';
import { mlflowSettings } from './settings.ts';

const URI = 'http://mlflow.example.com:5000';
const settings = (more: NodeJS.ProcessEnv = {}) => mlflowSettings({ MLFLOW_TRACKING_URI: URI, ...more });
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('where MLflow is', () => {
  it('is nowhere without an address', () => {
    expect(mlflowSettings({})).toBeUndefined();
    expect(settings({ MLFLOW_TRACKING_URI: ' ' })).toBeUndefined();
  });

  it('is an address, with the path that it has', () => {
    expect(settings()).toEqual({ url: URI, authorization: undefined });
    expect(settings({ MLFLOW_TRACKING_URI: 'https://x.example.com/mlflow/' })?.url).toBe(
      'https://x.example.com/mlflow',
    );
  });

  it.each([
    ['./mlruns', 'found no address'],
    ['databricks', 'found no address'],
    ['sqlite:///mlflow.db', 'found sqlite:…'],
    ['postgresql://me:hunter2@db/x', 'found postgresql:…'],
  ])('is no server at %s', (address, message) => {
    const refusal = () => settings({ MLFLOW_TRACKING_URI: address });
    expect(refusal).toThrow(`MLFLOW_TRACKING_URI: ${message}, expected the address of an MLflow server`);
    expect(refusal).not.toThrow(/hunter2/);
  });
});

describe('who is let in', () => {
  const all = { MLFLOW_TRACKING_USERNAME: 'ann', MLFLOW_TRACKING_PASSWORD: 'pä:ss', MLFLOW_TRACKING_TOKEN: 'tok' };

  it("is a user with a password, else a token, else who stands in the address, as MLflow's own client has it", () => {
    expect(settings(all)?.authorization).toBe(basic('ann:pä:ss'));
    expect(settings({ ...all, MLFLOW_TRACKING_PASSWORD: '' })?.authorization).toBe('Bearer tok');
    const inAddress = settings({ MLFLOW_TRACKING_URI: 'https://ann:a%20b@mlflow.example.com' });
    expect(inAddress).toEqual({ url: 'https://mlflow.example.com', authorization: basic('ann:a b') });
  });

  it('is not weakened unseen: what is not honoured is refused by name', () => {
    expect(() => settings({ MLFLOW_TRACKING_INSECURE_TLS: 'true' })).toThrow(
      /^MLFLOW_TRACKING_INSECURE_TLS: is set.*NODE_EXTRA_CA_CERTS/,
    );
    expect(settings({ MLFLOW_TRACKING_INSECURE_TLS: 'false' })).toBeDefined();
  });
});
