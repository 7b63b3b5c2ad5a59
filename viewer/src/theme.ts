/** Dark or light: as the system says, until the reader of the page chooses. */

import { element } from "./dom.js";

type Theme = "dark" | "light";

const KEY = "theme";

/** A button that changes between both. */
export function themeButton(): HTMLButtonElement {
    const button = element("button", {
        type: "button",
        class: "quiet icon",
        onclick: () => {
            toggle(button);
        },
    });
    apply(button, chosen() ?? preferred());
    return button;
}

function toggle(button: HTMLButtonElement): void {
    const next: Theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    remember(next);
    apply(button, next);
}

function apply(button: HTMLButtonElement, theme: Theme): void {
    document.documentElement.dataset.theme = theme;
    const other = theme === "dark" ? "light" : "dark";
    button.textContent = theme === "dark" ? "☀" : "☾";
    button.setAttribute("aria-label", `Use ${other} colours`);
    button.title = `Use ${other} colours`;
}

function preferred(): Theme {
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Storage is denied to pages opened from a folder in some browsers. */
function chosen(): Theme | undefined {
    try {
        const found = localStorage.getItem(KEY);
        return found === "dark" || found === "light" ? found : undefined;
    } catch {
        return undefined;
    }
}

function remember(theme: Theme): void {
    try {
        localStorage.setItem(KEY, theme);
    } catch {
        // The choice then lasts as long as the page.
    }
}
