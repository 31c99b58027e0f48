import type { FrameLocator, Locator, Page } from 'playwright-core';

/** The Temporal UI as a person uses it: by what stands on its buttons. */
export class TemporalUi {
  readonly page: Page;
  readonly #address: string;

  constructor(page: Page, address: string) {
    this.page = page;
    this.#address = address;
  }

  /** The list of workflows, as a link with a filter opens it. */
  async list(query: string): Promise<void> {
    await this.page.goto(`${this.#address}/namespaces/default/workflows?query=${encodeURIComponent(query)}`);
  }

  /** Opens a workflow from the list, and what it says of itself. */
  async open(workflowId: string): Promise<void> {
    await this.page.getByRole('link', { name: workflowId }).first().click();
    await this.#seen(this.page.getByText('User Metadata')).click();
  }

  /** What a workflow says of itself now, which holds this text: read again until it does. */
  async details(text: string): Promise<FrameLocator> {
    const frame = this.page
      .locator('iframe[src*="Promote"], iframe[src*="Taken"], iframe[src*="Rolled"]')
      .first()
      .contentFrame();
    for (let tries = 0; ; tries++) {
      const found = await frame
        .getByText(text)
        .first()
        .waitFor({ timeout: 3_000 })
        .then(
          () => true,
          () => false,
        );
      if (found) return frame;
      if (tries === 5)
        throw new Error(`the details never said '${text}'; they say: ${await frame.locator('body').innerText()}`);
      await this.page.reload();
    }
  }

  /** Fills in the dialog of an Update. @returns the dialog, which `submit` sends */
  async fillUpdate(name: string, input: string): Promise<Locator> {
    await this.#seen(this.page.getByText('More Actions')).click();
    await this.#seen(this.page.getByTestId('update-button')).click();
    const dialog = this.page.locator('dialog[open]');
    await dialog.getByTestId('update-select-button').click();
    await dialog
      .getByRole('option')
      .filter({ hasText: new RegExp(`^\\s*${name}\\b`) })
      .click();
    await this.#type(dialog, input);
    return dialog;
  }

  /** Sends what was filled in, which is taken. */
  async submit(dialog: Locator): Promise<void> {
    const done = this.page.getByText('Update successful').first();
    await dialog.getByTestId('confirm-modal-button').click();
    await done.waitFor();
    // What it says of itself is read anew, and the note is not taken for that of the next.
    await this.page.reload();
  }

  /** Sends what was filled in, which is refused with these words, and closes the dialog. */
  async submitInVain(dialog: Locator, words: string): Promise<void> {
    await dialog.getByTestId('confirm-modal-button').click();
    await dialog.getByText(words).first().waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).last().click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** Fills in the form that starts a workflow; `start` sends it. */
  async fillStart({ type, id, input }: { type: string; id: string; input: string }): Promise<void> {
    await this.page.goto(`${this.#address}/namespaces/default/workflows/start-workflow`);
    await this.page.getByTestId('workflowId').fill(id);
    await this.page.getByTestId('taskQueue').fill('whetstone');
    await this.page.getByTestId('workflowType').fill(type);
    await this.#type(this.page.locator('body'), input);
  }

  async start(): Promise<void> {
    await this.page.getByTestId('start-workflow-button').click();
    await this.page.getByText('Workflow started successfully').first().waitFor();
  }

  /** As pasted. The editor tidies it when it is left, and so moves the button below: whoever presses that at once misses it. */
  async #type(within: Locator, input: string): Promise<void> {
    await this.#seen(within.locator('[role=textbox][contenteditable=true]')).click();
    await this.page.keyboard.insertText(input);
    await this.#seen(within.locator('[role=textbox][contenteditable=true]')).blur();
  }

  /** The UI has some of its parts twice, for narrow windows. */
  #seen(found: Locator): Locator {
    return found.locator('visible=true').first();
  }
}
