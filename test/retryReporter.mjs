import Mocha from 'mocha';

/** What a line begins with that tells of a test which failed and runs once more. */
export const retryMark = 'failed at first: ';

/** Mocha's spec reporter, which says nothing of a test that failed before it passed; this one does. */
export default class RetryReporter extends Mocha.reporters.Spec {
  /**
   * @param {Mocha.Runner} runner
   * @param {Mocha.MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    runner.on(Mocha.Runner.constants.EVENT_TEST_RETRY, (test, error) => {
      console.log(`${retryMark}${test.fullTitle()}: ${(error.stack ?? error.message).replace(/\s*\n\s*/g, ' | ')}`);
    });
  }
}
