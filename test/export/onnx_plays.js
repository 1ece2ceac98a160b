// Plays exported .onnx files with ONNX Runtime and compares with what our own
// graph said.
//
//   node onnx_plays.js RUNTIME JOBS
//
// RUNTIME: the folder of the package onnxruntime-web or onnxruntime-node. Each
// line of JOBS: MODEL.onnx IN.f32 OUT.f32 KIND [CONTROL VALUE]..., where KIND is
// "same" (numbers must agree) or "level" (chance is drawn: only as loud). Numbers
// are 32-bit floats in the order of the model's tensors.
const fs = require("fs");
const path = require("path");
const runtime = require(path.resolve(process.argv[2]));

function floats(file) {
  const bytes = fs.readFileSync(file);
  return new Float32Array(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function tensor(type, x, dims) {
  return type === "int64"
      ? new runtime.Tensor("int64", BigInt64Array.from(x, v => BigInt(v)), dims)
      : new runtime.Tensor("float32", x, dims);
}

function level(x) {
  return Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
}

async function play(line) {
  const [model, input, output, kind, dims, type, ...controls] = line.split(" ");
  const session = await runtime.InferenceSession.create(
      fs.readFileSync(model), {executionProviders: ["wasm", "cpu"].slice(
          path.basename(process.argv[2]) === "onnxruntime-web" ? 0 : 1)});
  const feeds = {};
  feeds[session.inputNames[0]] =
      tensor(type, floats(input), dims.split(",").map(Number));
  for (let i = 0; i + 1 < controls.length; i += 2)
    feeds[controls[i]] =
        tensor("float32", Float32Array.of(Number(controls[i + 1])), [1]);
  const said = (await session.run(feeds))[session.outputNames[0]];
  const got = Array.from(said.data, Number), want = floats(output);
  if (got.length !== want.length) {
    console.log(`${model}: ${got.length} numbers, not ${want.length}`);
    return false;
  }
  const apart = kind === "same"
      ? level(got.map((v, i) => v - want[i])) / level(want)
      : Math.abs(Math.log10(level(got) / level(want)));
  console.log(`${model}: ${apart.toExponential(1)} apart (${kind})`);
  return apart < (kind === "same" ? 1e-5 : 0.3);
}

async function main() {
  runtime.env.wasm && (runtime.env.wasm.numThreads = 1);
  let good = true;
  for (const line of fs.readFileSync(process.argv[3], "utf8").split("\n"))
    if (line)
      good = await play(line) && good;
  process.exit(good ? 0 : 1);
}

main().catch(error => {
  console.log(String(error));
  process.exit(1);
});
