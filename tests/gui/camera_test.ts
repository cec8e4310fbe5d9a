/** The camera of the web UI's graph. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  centerCamera,
  exceedsView,
  firstCamera,
  fitCamera,
  panToBox,
  wheelFactor,
} from "../../src/gui/page/draw/camera.ts";

const VIEW = { width: 600, height: 400 };

Deno.test("firstCamera() shows all of a picture whose names are readable then", () => {
  const picture = { width: 700, height: 300 };
  assertEquals(firstCamera(picture, VIEW), fitCamera(picture, VIEW));
});

Deno.test("firstCamera() shows the start of a picture that is too large", () => {
  const picture = { width: 3000, height: 200 };
  const camera = firstCamera(picture, VIEW);
  assertEquals({ x: camera.x, scale: camera.scale }, { x: 0, scale: 0.7 });
  assert(exceedsView(camera, picture, VIEW));
  assert(!exceedsView(fitCamera(picture, VIEW), picture, VIEW));
});

Deno.test("centerCamera() shows a point in the middle of the view", () => {
  const { x, y, scale } = centerCamera({ x: 0, y: 0, scale: 0.5 }, { x: 100, y: 60 }, VIEW);
  assertEquals({ x: 100 * scale + x, y: 60 * scale + y }, { x: 300, y: 200 });
});

Deno.test("wheelFactor() depends on the distance, not on the number of events", () => {
  const turn = (deltaY: number) => wheelFactor({ deltaY, deltaMode: 0, ctrlKey: false });
  const flick = Array.from({ length: 20 }, () => turn(-2)).reduce((a, b) => a * b);
  assertAlmostEquals(flick, turn(-40));
  assert(flick > 1 && flick < 1.1);
  assert(wheelFactor({ deltaY: 3, deltaMode: 1, ctrlKey: false }) < 1);
});

Deno.test("panToBox() keeps a fitted picture in place when an outer box is selected", () => {
  const picture = { width: 600, height: 300 };
  const camera = fitCamera(picture, VIEW);
  assertEquals(panToBox(camera, { x: 12, y: 12, width: 100, height: 34 }, VIEW), camera);
});
