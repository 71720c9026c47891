/** `bare` takes no lock: the control, which must be caught. `flock` takes one kernel lock and keeps it. */
export const workerModes = ['locked', 'bare', 'flock'] as const;
export type WorkerMode = (typeof workerModes)[number];
