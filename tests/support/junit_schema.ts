/** The schema of JUnit XML by Jenkins, from an npm package. */
import { XmlDocument, XmlElement, XsdValidator } from "libxml2-wasm";
import schema from "junit-schema" with { type: "text" };

const validator = XsdValidator.fromDoc(XmlDocument.fromString(schema));

/**
 * Throws an error if the text is not XML or violates the schema, except for the `file` of a test
 * case, which servers read although the schema does not have it.
 */
export function assertJunit(xml: string): void {
  const document = XmlDocument.fromString(xml.replaceAll(/(<testcase [^>]*?) file="[^"]*"/g, "$1"));
  try {
    validator.validate(document);
  } finally {
    document.dispose();
  }
}

/** An element, as parsed. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Element[];
}

/** Parses XML. */
export function parseXml(xml: string): Element {
  const document = XmlDocument.fromString(xml);
  const root = read(document.root);
  document.dispose();
  return root;
}

function read(element: XmlElement): Element {
  const children: Element[] = [];
  for (let node = element.firstChild; node; node = node.next) {
    if (node instanceof XmlElement) children.push(read(node));
  }
  return {
    name: element.name,
    attributes: Object.fromEntries(element.attrs.map(({ name, value }) => [name, value])),
    text: element.content,
    children,
  };
}

/** Finds all elements with a name, at any depth. */
export function elementsOf(root: Element, name: string): Element[] {
  const below = root.children.flatMap((child) => elementsOf(child, name));
  return root.name === name ? [root, ...below] : below;
}
