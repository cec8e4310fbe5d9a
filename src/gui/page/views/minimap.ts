/** A small picture of a graph that is larger than its view. */
import { type Area, exceedsView, fitCamera } from "../draw/camera.ts";
import type { GraphLayout } from "../draw/graph_layout.ts";
import { OverviewLayer } from "../draw/overview_layer.ts";
import { paintFailed } from "../draw/paint_overview.ts";
import { palette } from "../draw/palette.ts";
import { useCanvas } from "../draw/use_canvas.ts";
import { frame } from "../model/displayed_run.ts";
import type { RunModel } from "../model/run_model.ts";
import { shown } from "../model/store.ts";
import { camera, centerOn, layout, view } from "./graph_camera.ts";
import { html } from "./html_tag.ts";

/** Maximum size, in pixels, and as a part of the view, most of which it must not cover. */
const SIZE_MAX: Area = { width: 180, height: 110 };
const PART_MAX = 0.28;

/** The minimap, if part of the graph is out of sight: a click or a drag moves the graph there. */
export function Minimap() {
  const picture = layout.value;
  if (!exceedsView(camera.value, picture, view.value)) return null;
  const { scale } = fitCamera(picture, {
    width: Math.min(SIZE_MAX.width, view.value.width * PART_MAX),
    height: Math.min(SIZE_MAX.height, view.value.height * PART_MAX),
  });
  const { x, y, scale: shownScale } = camera.value;
  const style = {
    left: `${-x / shownScale * scale}px`,
    top: `${-y / shownScale * scale}px`,
    width: `${view.value.width / shownScale * scale}px`,
    height: `${view.value.height / shownScale * scale}px`,
  };
  const follow = (event: PointerEvent) => {
    if (event.buttons !== 1) return;
    centerOn({ x: event.offsetX / scale, y: event.offsetY / scale });
  };
  const onPointerDown = (event: PointerEvent) => {
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    follow(event);
  };
  return html`
    <div class="minimap" id="minimap" aria-hidden="true" onPointerDown=${onPointerDown}
      onPointerMove=${follow}>
      <${Picture} picture=${picture} scale=${scale} model=${shown.value?.model} />
      <div class="window" style=${style}></div>
    </div>
  `;
}

interface PictureProps {
  readonly picture: GraphLayout;
  readonly scale: number;
  readonly model: RunModel | undefined;
}

const layer = new OverviewLayer();

function Picture({ picture, scale, model }: PictureProps) {
  frame.value;
  const { width, height } = picture;
  const canvas = useCanvas(({ context }) => {
    const pixelRatio = context.getTransform().a;
    const visible = { left: 0, top: 0, right: width, bottom: height };
    const statuses = model?.statuses ?? [];
    const overview = { layout: picture, scale, statuses, isFound: undefined, visible };
    const image = layer.update(overview, scale * pixelRatio, palette());
    context.drawImage(image, 0, 0, image.width / pixelRatio, image.height / pixelRatio);
    context.scale(scale, scale);
    paintFailed(context, overview, palette());
  });
  const style = { width: `${width * scale}px`, height: `${height * scale}px` };
  return html`<canvas ref=${canvas} style=${style}></canvas>`;
}
