/** Looking: what a picture of all locks costs, what it weighs, how soon it knows, and what is asked of it. */
import type { Workbench } from '../harness/workbench.ts';
import type { Part } from '../report/part.ts';
import { measureKnowing } from './knowing.ts';
import { measureQuestions } from './questions.ts';
import { measureReading } from './reading.ts';

export async function measureSnapshot(bench: Workbench): Promise<Part> {
  const parts = [await measureReading(bench), await measureQuestions(bench), await measureKnowing(bench)];
  return {
    title: 'Looking at locks',
    tables: parts.flatMap(({ tables }) => tables),
    targets: parts.flatMap(({ targets }) => targets),
    charts: parts.flatMap(({ charts }) => charts),
  };
}
