// `npm run sbom`: what is in the package, as CycloneDX 1.6, on standard output or in the file that is named.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { linkedCrates, standardLibrary } from "./crates.mjs";
import { isMain, root } from "./paths.mjs";

export async function sbom() {
  const [own, ...others] = await linkedCrates();
  const std = await standardLibrary();
  const manifest = JSON.parse(readFileSync(join(root, "pkg-template", "package.json"), "utf8"));
  if (manifest.dependencies) throw new Error("the npm package has dependencies, and the SBOM does not list them");
  const npm = `pkg:npm/${manifest.name}@${manifest.version}`;
  const cargo = (label) => `pkg:cargo/${label}`;
  const refOf = ({ name, version }) => cargo(`${name}@${version}`);
  const stdRef = `pkg:generic/rust-${std.name}@${std.version}`;
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${crypto.randomUUID()}`,
    version: 1,
    metadata: {
      timestamp: new Date().toISOString(),
      tools: { components: [{ type: "application", name: "scripts/sbom.mjs", version: manifest.version }] },
      component: {
        type: "library",
        "bom-ref": npm,
        name: manifest.name,
        version: manifest.version,
        description: manifest.description,
        licenses: [{ expression: manifest.license }],
        purl: npm,
      },
    },
    components: [own, ...others].map((found) => component(refOf(found), found)).concat(component(stdRef, std)),
    dependencies: [
      { ref: npm, dependsOn: [refOf(own)] },
      ...[own, ...others].map((found) => ({ ref: refOf(found), dependsOn: [...found.uses.map(cargo), stdRef] })),
      { ref: stdRef, dependsOn: [] },
    ],
  };
}

function component(ref, { name, version, license, repository, checksum }) {
  return {
    type: "library",
    "bom-ref": ref,
    name,
    version,
    ...(checksum && { hashes: [{ alg: "SHA-256", content: checksum }] }),
    licenses: [{ expression: license }],
    purl: ref,
    ...(repository && { externalReferences: [{ type: "vcs", url: repository }] }),
  };
}

if (isMain(import.meta)) {
  const text = `${JSON.stringify(await sbom(), null, 2)}\n`;
  const [file] = process.argv.slice(2);
  if (file) writeFileSync(file, text);
  else process.stdout.write(text);
}
