// VS Code in a browser keeps its state in IndexedDB, some seconds after each change; a reload before that forgets it.

/**
 * Runs in the page, so it is JavaScript as it stands.
 * @param {string} text
 * @returns {Promise<boolean>} whether some state contains it
 */
export async function isKept(text) {
  for (const { name } of await indexedDB.databases()) {
    if (!name?.startsWith('vscode-web-state-db')) continue;
    const values = await new Promise((resolve, reject) => {
      const opening = indexedDB.open(name);
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const database = opening.result;
        const reading = database.transaction('ItemTable').objectStore('ItemTable').getAll();
        reading.onerror = () => reject(reading.error);
        reading.onsuccess = () => resolve(reading.result);
        database.close(); // once the reading is done
      };
    });
    // States are JSON in JSON, in depths of their own.
    if (JSON.stringify(values).replaceAll('\\', '').includes(text)) return true;
  }
  return false;
}
