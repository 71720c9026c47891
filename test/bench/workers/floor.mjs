/**
 * The floor: the bare system calls that any correct cycle with a record, a check for overlap, a token and a journal needs,
 * made by Node.js with nothing around them. What is read is thrown away: no record is parsed, nothing is compared.
 */
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** @type {{ flockSync(fd: number, flags: 'exnb'): void }} */
const { flockSync } = createRequire(import.meta.url)('fs-ext');
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = fs.constants;
const safely = O_NOFOLLOW | O_NONBLOCK;

/** As long as a record of ours with one path in its scope. */
const record = 'r'.repeat(640);
const journalLine = `${'j'.repeat(151)}\n`;
const fence = Buffer.alloc(99, '0');

/** @typedef {{ readonly call: string, readonly why: string, readonly run: () => void }} Step */

/**
 * @param {string} running a folder of its own, with other records in it or not
 * @returns {readonly Step[]} in their order
 */
export function floorSteps(running) {
  const at = {
    gate: join(running, '.acquire.lock'),
    fence: join(running, '.wlock', 'fence'),
    journal: join(running, '.wlock', 'journal.jsonl'),
  };
  fs.mkdirSync(join(running, '.wlock'), { recursive: true });
  fs.writeFileSync(at.fence, fence);
  let cycle = 0;
  let gate = -1;
  const recordFile = () => join(running, `wlock-floor-${cycle}.lock`);
  const temporaryFile = () => join(running, `wlock-floor-${cycle}.tmp`);
  const appendToJournal = () => {
    const fd = fs.openSync(at.journal, O_RDWR | O_CREAT | O_APPEND | safely, 0o666);
    fs.writeSync(fd, journalLine);
    fs.closeSync(fd);
  };
  return [
    {
      call: 'open the gate',
      why: 'anew each time: somebody may have deleted it, and a lock on a deleted file excludes nobody',
      run: () => {
        cycle++;
        gate = fs.openSync(at.gate, O_RDWR | O_CREAT | safely, 0o666);
      },
    },
    { call: 'flock', why: 'one at a time looks and publishes', run: () => flockSync(gate, 'exnb') },
    {
      call: 'fstat + stat of the gate',
      why: 'the file that was locked is still the one that others will lock',
      run: () => {
        if (fs.fstatSync(gate).ino !== fs.lstatSync(at.gate).ino) throw new Error('The gate was replaced.');
      },
    },
    { call: 'readdir', why: 'who else has a lock', run: () => void fs.readdirSync(running) },
    {
      call: 'token: open, read, write, close',
      why: 'another process may have given out the last one; counted before the record is seen, so that none is given twice',
      run: () => {
        const fd = fs.openSync(at.fence, O_RDWR | O_CREAT | safely, 0o666);
        fs.readSync(fd, fence, 0, fence.length, 0);
        fs.writeSync(fd, fence, 0, fence.length, 0);
        fs.closeSync(fd);
      },
    },
    {
      call: 'record: open, write, close',
      why: 'under a name that nobody reads, so that nobody sees half of it',
      run: () => {
        const fd = fs.openSync(temporaryFile(), O_RDWR | O_CREAT | O_EXCL | safely, 0o666);
        fs.writeSync(fd, record);
        fs.closeSync(fd);
      },
    },
    { call: 'rename', why: 'all of it is there at once', run: () => fs.renameSync(temporaryFile(), recordFile()) },
    {
      call: 'stat of the gate',
      why: 'nobody deleted it meanwhile: another may have been let in beside us',
      run: () => void fs.lstatSync(at.gate),
    },
    {
      call: 'journal: open, append, close',
      why: 'opened anew: another process may have begun a new file. Says who acquired',
      run: appendToJournal,
    },
    { call: 'close the gate', why: 'the next one may look', run: () => fs.closeSync(gate) },
    { call: 'unlink', why: 'gives the lock back', run: () => fs.unlinkSync(recordFile()) },
    { call: 'journal: open, append, close', why: 'says who released', run: appendToJournal },
  ];
}
