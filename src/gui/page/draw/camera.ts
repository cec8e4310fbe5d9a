/** The visible part of a picture: pan and zoom. Pure. */

/** A point of the picture is shown at `point * scale + (x, y)`. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** A width and a height. */
export interface Area {
  readonly width: number;
  readonly height: number;
}

const SCALE_MIN = 0.02;
const SCALE_MAX = 4;

/** Fits a picture into the view, centered, without enlarging it. */
export function fitCamera(picture: Area, view: Area): Camera {
  const scale = Math.max(
    SCALE_MIN,
    Math.min(1, view.width / picture.width, view.height / picture.height),
  );
  return {
    x: (view.width - picture.width * scale) / 2,
    y: (view.height - picture.height * scale) / 2,
    scale,
  };
}

/** Minimum scale at which a graph is shown first: its names are readable. */
const READABLE_SCALE = 0.7;

/**
 * The first camera of a picture: all of it, if its names are readable then; otherwise its upper
 * left part, where the tasks without dependencies are, at a readable scale.
 */
export function firstCamera(picture: Area, view: Area): Camera {
  const whole = fitCamera(picture, view);
  if (whole.scale >= READABLE_SCALE) return whole;
  const along = (size: number, length: number) => Math.max(0, (length - size * READABLE_SCALE) / 2);
  return {
    x: along(picture.width, view.width),
    y: along(picture.height, view.height),
    scale: READABLE_SCALE,
  };
}

/** The camera with a point of the picture in the middle of the view. */
export function centerCamera(
  { scale }: Camera,
  at: { readonly x: number; readonly y: number },
  view: Area,
): Camera {
  return { x: view.width / 2 - at.x * scale, y: view.height / 2 - at.y * scale, scale };
}

/** Whether a picture is larger than the view: part of it is out of sight. */
export function exceedsView({ scale }: Camera, picture: Area, view: Area): boolean {
  return picture.width * scale > view.width + 1 || picture.height * scale > view.height + 1;
}

/** Pixels of a wheel by which the scale changes by the factor e; of a pinch, which sends few. */
const WHEEL_PIXELS = 500;
const PINCH_PIXELS = 100;
/** Pixels of a line, the unit of some wheels. */
const LINE_PIXELS = 33;

/** The part of a WheelEvent that zooming depends on. */
interface WheelTurn {
  readonly deltaY: number;
  readonly deltaMode: number;
  readonly ctrlKey: boolean;
}

/** The zoom factor of a turn of the wheel, or of a movement on a trackpad. */
export function wheelFactor(
  { deltaY, deltaMode, ctrlKey }: WheelTurn,
): number {
  const pixels = deltaMode === 0 ? deltaY : deltaY * LINE_PIXELS;
  return Math.exp(-pixels / (ctrlKey ? PINCH_PIXELS : WHEEL_PIXELS));
}

/** Zooms, while a point of the view stays in place. */
export function zoomCamera(camera: Camera, factor: number, at: { x: number; y: number }): Camera {
  const scale = Math.min(SCALE_MAX, Math.max(SCALE_MIN, camera.scale * factor));
  const part = scale / camera.scale;
  return { x: at.x - (at.x - camera.x) * part, y: at.y - (at.y - camera.y) * part, scale };
}

/** Pans as little as possible so that a box is visible. */
export function panToBox(camera: Camera, box: Area & { x: number; y: number }, view: Area): Camera {
  const margin = 8; // less than the space around a picture, so that a fitted one stays in place
  const along = (at: number, size: number, offset: number, length: number) => {
    const [from, to] = [at * camera.scale + offset, (at + size) * camera.scale + offset];
    if (from < margin) return offset + margin - from;
    return to > length - margin ? offset - (to - length + margin) : offset;
  };
  return {
    x: along(box.x, box.width, camera.x, view.width),
    y: along(box.y, box.height, camera.y, view.height),
    scale: camera.scale,
  };
}
