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

/** Zooms, while a point of the view stays in place. */
export function zoomCamera(camera: Camera, factor: number, at: { x: number; y: number }): Camera {
  const scale = Math.min(SCALE_MAX, Math.max(SCALE_MIN, camera.scale * factor));
  const part = scale / camera.scale;
  return { x: at.x - (at.x - camera.x) * part, y: at.y - (at.y - camera.y) * part, scale };
}

/** Pans as little as possible so that a box is visible. */
export function panToBox(camera: Camera, box: Area & { x: number; y: number }, view: Area): Camera {
  const margin = 24;
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
