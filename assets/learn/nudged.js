/**
 * The change of a network's loss when one weight of its first layer is raised, exactly, in a fraction of a millisecond:
 * only one neuron of the hidden layer then says something else.
 * @param {Record<"inputs" | "inside" | "outputs" | "outgoing" | "targets", {data: ArrayLike<number>, shape: number[]}>} tensors
 *   `inputs` (samples, pixels); `inside` (samples, neurons), before the tanh; `outputs` (samples, classes), before the
 *   softmax; `outgoing` (classes, neurons), the second layer's weights; `targets` (samples), the right class of each
 * @returns {(weight: number, epsilon: number) => number} `weight` counts the pixels of one neuron after the other's
 */
export function createNudged({ inputs, inside, outputs, outgoing, targets }) {
  const [samples, pixels] = inputs.shape;
  const [classes, neurons] = outgoing.shape;
  const before = loss(() => 0, 0);

  /** Mean cross-entropy when neuron `j` says `more(sample)` more. */
  function loss(more, j) {
    let sum = 0;
    for (let n = 0; n < samples; n += 1) {
      const rise = more(n);
      let [all, right] = [0, 0];
      for (let c = 0; c < classes; c += 1) {
        const output = outputs.data[n * classes + c] + rise * outgoing.data[c * neurons + j];
        all += Math.exp(output);
        if (c === targets.data[n]) right = output;
      }
      sum += Math.log(all) - right;
    }
    return sum / samples;
  }

  return function change(weight, epsilon) {
    const [j, pixel] = [Math.floor(weight / pixels), weight % pixels];
    const more = (n) => {
      const said = inside.data[n * neurons + j];
      return Math.tanh(said + epsilon * inputs.data[n * pixels + pixel]) - Math.tanh(said);
    };
    return loss(more, j) - before;
  };
}
