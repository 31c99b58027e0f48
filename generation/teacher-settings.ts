import type { RunConfig } from '../configs/schema.ts';
import type { TeacherSettings } from './request.ts';

/** Of the config: what a teacher's reply that was cut off asks for. */
export const LIMIT_FIELD = 'teacher.maxTokens';

/** How a teacher is to write, as the config says; rules write as they do. */
export function settingsOf({ teacher }: Pick<RunConfig, 'teacher'>): TeacherSettings {
  return teacher.provider === 'builtin' ? {} : { temperature: teacher.temperature, maxTokens: teacher.maxTokens };
}

/** Whether the teacher writes in lines, the plainer format. */
export const writesInLines = ({ teacher }: Pick<RunConfig, 'teacher'>): boolean =>
  teacher.provider !== 'builtin' && teacher.format === 'lines';
