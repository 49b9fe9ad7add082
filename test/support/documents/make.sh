#!/bin/sh
# Makes the documents again from their sources with the programs that people use. The tests need only what it leaves.
# Debian: libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui fonts-noto-cjk pandoc chromium qpdf
set -eu
cd "$(dirname "$0")"
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
convert() {
  soffice -env:UserInstallation="file://$profile" --headless --convert-to "$1" "$2" >/dev/null
}
for format in odt docx doc rtf epub pdf; do convert "$format" report.fodt; done
for format in ods xlsx xls; do convert "$format" budget.fods; done
for format in odp pptx ppt; do convert "$format" slides.fodp; done
for format in odt docx doc rtf pdf; do convert "$format" details.fodt; done
for format in ods xlsx; do convert "$format" details.fods; done
for format in odp pptx; do convert "$format" details.fodp; done
for format in odt docx doc rtf epub; do convert "$format" pictures.fodt; done
for name in pictures gallery; do for format in odp pptx; do convert "$format" "$name.fodp"; done; done
for format in docx epub odt rtf; do pandoc book.md -o "book.$format" --standalone; done
for name in columns links; do
  chromium --headless --no-sandbox --no-pdf-header-footer --user-data-dir="$profile/chromium" \
    --print-to-pdf="$name.pdf" "$name.html"
done
# The encryption of Office, by a package that is installed for it alone.
npm install --prefix "$profile" --no-audit --no-fund --ignore-scripts officecrypto-tool@0.0.19 >/dev/null
node -e 'const { readFileSync, writeFileSync } = require("node:fs")
  const { encrypt } = require(process.argv[1] + "/node_modules/officecrypto-tool")
  for (const name of ["report.docx", "budget.xlsx", "slides.pptx"])
    writeFileSync("locked." + name.slice(-4), encrypt(readFileSync(name), { password: "reader" }))' "$profile"
qpdf --static-id --encrypt reader owner 256 -- columns.pdf locked.pdf
