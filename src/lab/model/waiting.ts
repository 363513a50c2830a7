/** Whether the page waits for the engine: `data-waiting` of the document, for whoever drives the page and wants to see it settled. */
let count = 0;

function change(by: 1 | -1): void {
  count += by;
  document.documentElement.dataset.waiting = String(count);
}

export async function waiting<Answer>(work: Promise<Answer>): Promise<Answer> {
  change(1);
  try {
    return await work;
  } finally {
    change(-1);
  }
}
