// Runs in the page before its own scripts, and notes when things happened on the page's own clock (milliseconds).
(() => {
  const probe = (window.probe = { paints: [], unpacked: {}, pressed: 0, entered: 0, first: null, whole: null });

  const figures = () => [...document.querySelectorAll("[data-testid=stage] .views > .view")];
  const hasPaths = (figure) => (figure.data ?? []).filter((trace) => trace.mode === "lines").length >= 4;
  const traces = () => document.querySelector("[data-testid=stage] .js-plotly-plot")?.data ?? [];
  const ground = () => traces().find((trace) => trace.name === "loss")?.z;

  /** Where the drawn paths start: in 3D the part up to the current step is fed first. */
  function starts() {
    const lines = traces().filter((trace) => trace.mode === "lines");
    const heads = lines.filter((trace) => trace.name.endsWith("to the current step"));
    return (heads.length ? heads : lines).map((trace) => `${trace.x[0]}, ${trace.y[0]}`);
  }

  /** Is told of the paint after which the paths start somewhere else, and of the one with another surface. */
  probe.watch = () => {
    const before = { start: starts()[0], count: starts().length, ground: ground() };
    probe.pressed = 0;
    probe.seen = { paths: null, surface: null };
    probe.changed = new Promise((resolve) => {
      probe.look = (end) => {
        const now = starts();
        if (ground() !== before.ground) probe.seen.surface ??= end;
        if (now.length < before.count || now.some((start) => start === before.start || start !== now[0])) return;
        probe.seen.paths = end;
        probe.look = null;
        resolve({ ...probe.seen, pressed: probe.pressed });
      };
    });
  };

  new PerformanceObserver((list) => {
    for (const { name, startTime, duration } of list.getEntries()) {
      if (name !== "stage:paint") continue;
      probe.paints.push([startTime, duration]);
      const end = performance.timeOrigin + startTime + duration;
      if (figures().some(hasPaths)) probe.first ??= end;
      if (figures().length && figures().every(hasPaths)) probe.whole ??= end;
      probe.look?.(startTime + duration);
    }
  }).observe({ type: "measure", buffered: true });

  addEventListener("pointerup", (event) => { probe.pressed = event.timeStamp; }, true);
  addEventListener("pointerenter", (event) => {
    if (event.target.type === "range") probe.entered = event.timeStamp;
  }, true);

  // The stage unpacks in the microtasks that follow; a message arrives after all of them.
  const { arrayBuffer } = Response.prototype;
  Response.prototype.arrayBuffer = async function read() {
    const content = await arrayBuffer.call(this);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { probe.unpacked[this.url.split("/").at(-1)] = performance.now(); port1.close(); };
    port2.postMessage(null);
    return content;
  };
})();
