/** Elements in a line each. */

/** What an element may be given: attributes, listeners as `onclick`, and `class`. */
export type Properties = Readonly<Record<string, string | number | boolean | ((event: never) => void) | undefined>>;

/** What an element may hold. */
export type Child = Node | string | undefined | false;

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element. True makes an attribute without a value, false and undefined none. */
export function element<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    properties: Properties = {},
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    return furnished(document.createElement(tag), properties, children);
}

/** An SVG element. */
export function drawn<K extends keyof SVGElementTagNameMap>(
    tag: K,
    properties: Properties = {},
    ...children: Child[]
): SVGElementTagNameMap[K] {
    return furnished(document.createElementNS(SVG, tag), properties, children);
}

/** Puts other children in place of those there are. */
export function refill(parent: Element, ...children: Child[]): void {
    parent.replaceChildren(...present(children));
}

function furnished<E extends Element>(made: E, properties: Properties, children: readonly Child[]): E {
    for (const [name, value] of Object.entries(properties)) {
        if (typeof value === "function") {
            made.addEventListener(name.slice(2), value as EventListener);
        } else if (value === true) {
            made.setAttribute(name, "");
        } else if (value !== false && value !== undefined) {
            made.setAttribute(name, String(value));
        }
    }
    made.append(...present(children));
    return made;
}

function present(children: readonly Child[]): (Node | string)[] {
    return children.filter((child): child is Node | string => child !== undefined && child !== false);
}
