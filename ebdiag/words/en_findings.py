"""What rules say, in English.

`{name}` stands for a number of the evidence, `{name:n}` whole, `{name:d}` as it is typed, `{name:%}` as a share.
"""

from __future__ import annotations

from .shapes import FindingWords

LADDER_ADVICE = {
    "discriminator": "Look at the discriminator: does each layer use its input, and can the last one draw every pixel "
    "value of the data?",
    "encoder": "Look at the encoder alone: does each layer use its input, and does the loss reach its weights?",
    "generator": "Look at the generator: does each layer use its input, and can the last one draw every pixel value "
    "of the data?",
    "optimizer": "Look at the optimiser: its learning rate, and whether it holds the encoder's parameters.",
    "margin": "Choose a margin well above the energy that real images keep once the discriminator is trained.",
    "optimizer.discriminator": "Look at the discriminator's optimiser: its learning rate, and whether it holds the "
    "discriminator's parameters.",
    "optimizer.generator": "Look at the generator's optimiser: its learning rate, and whether it holds the "
    "generator's parameters.",
}
"""What is to blame for a failed rung → what to do."""

UNDECIDED = "all generated images are one image at the end, in {seeds} of {of} seeds; whether for good is undecided"
STANDS = (
    "Their spread over latents is {spread:%} of that of real images. Some models stand on such a plateau for thousands "
    "of steps and then recover, others stay where they are: after {steps:n} steps both look the same. Coherence of the "
    "gradients at generated images: {gradient_coherence} (1 all point one way, 0 they cancel each other, so that the "
    "generator is not told where to go)."
)
DECIDES = (
    "--steps {decides:d} would decide, at {longer} times the training of this comparison; what is trained is kept. Or "
    "take away what holds it: try D without BatchNorm, or PyTorch's initial weights."
)

FINDINGS = {
    "sanity-ladder.discriminator-overfits": FindingWords(
        title="the discriminator does not learn 64 real images by heart: {value} × the energy of their mean image (at "
        "most {threshold})",
        explanation="An autoencoder that cannot learn 64 images cannot learn a data set. At 1 it draws the mean of "
        "these images whatever it is shown. Its decoder may ignore the code, its output may be bounded to a range "
        "that the images leave, or its optimiser may not move it.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.discriminator-separates-noise": FindingWords(
        title="the discriminator does not tell real images from noise: AUROC {value} (at least {threshold})",
        explanation="Noise was never shown to it, so that only what it has learned of real images can tell the two "
        "apart. An energy that is as low on noise as on images says nothing about images: the code may be so wide "
        "that everything is copied, or the output so bounded that real images are the hard ones.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.discriminator-separates-fakes": FindingWords(
        title="the discriminator does not tell real images from those of an untrained generator: AUROC {value} (at "
        "least {threshold})",
        explanation="Here it was trained by its own loss against a generator that stands still, the easiest opponent "
        "there is. Where the energies do not part, the loss does not push: the hinge may be closed from the start, "
        "its sign may be wrong, or real and generated images may reach it mixed up.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.generator-lowers-energy": FindingWords(
        title="the generator does not lower the energy of its images under a frozen discriminator: {value} × the "
        "energy at its start (at most {threshold})",
        explanation="The discriminator stands still here, so that every update should find images that it likes "
        "better. Where the energy stays, the generator's loss does not reach its weights, or its images cannot leave "
        "the range that its last layer gives them.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.generator-overfits": FindingWords(
        title="the generator does not learn to draw one batch of 16 images: {value} × the error of their mean image "
        "(at most {threshold})",
        explanation="No discriminator and no loss of the model takes part: fixed latents, as many real images, "
        "squared error. At 1 it draws the mean of these images whatever latent it is given; far above it its images "
        "do not reach the range of the data.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.encoder-overfits-pairs": FindingWords(
        title="the encoder does not learn 32 pairs by heart: AUROC {value} (at least {threshold})",
        explanation="Their labels were given, and nothing else was asked than to part them: what any encoder can do "
        "that can learn at all. At .5 the cosines of both kinds are alike: the loss may not reach the weights, may "
        "pull the wrong way, or may be satisfied with one point.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.encoder-learns-labels": FindingWords(
        title="what the encoder learns from 256 pairs does not hold for others: AUROC {value} (at least {threshold})",
        explanation="It was trained by its own loss for seconds and judged on other pairs of the same source. It may "
        "learn too slowly, by heart, or from labels that say little about the images.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.margin": FindingWords(
        title="the discriminator does not tell real images from those of an untrained generator: AUROC {value} (at "
        "least {threshold})",
        explanation="The margin is {margin}, and real images alone have an energy of {energy_real} here. The hinge "
        "closes as soon as generated images reach the margin, so that nothing pushes their energy above that of real "
        "ones.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.broken": FindingWords(
        title="the {net} breaks when it is trained alone: {reason}",
        explanation="One of the tasks of the sanity ladder, {rung}, which a sound net does within seconds, ended "
        "without a number. What ends it here will end or spoil the whole training.",
        advice=LADDER_ADVICE,
    ),
    "blank-samples": FindingWords(
        title="generated images are blank: {contrast:%} of the contrast of real ones, in {seeds} of {of} seeds",
        explanation="Within a generated image hardly any pixel differs from the next. The generator draws one shade: "
        "either its last layer cannot reach the background of the data, or the discriminator reconstructs a flat "
        "image best of all, and a flat image is then what the generator is paid for.",
        advice="Compare the ranges of data, generator and reconstruction, then the generator's learning rate.",
    ),
    "collapsed-at-budget": FindingWords(title=UNDECIDED, explanation=STANDS, advice=DECIDES),
    "collapsed-at-budget.ebgan_infogan": FindingWords(
        title=UNDECIDED,
        explanation=f"{STANDS} Of this model a recovery after 5,000 to 6,500 steps is published; here one seed of "
        "three recovers from 7,000 steps on, and two have not by 10,000.",
        advice=DECIDES,
    ),
    "collapse-plateau": FindingWords(
        title="all generated images were one image from step {first:n} to {last:n}, and no longer are, in {seeds} of "
        "{of} seeds",
        explanation="The model stood on a collapse plateau and is leaving it: the spread of its images over latents "
        "is now {spread:%} of that of real images. This is not the end of its training, but a late beginning.",
        advice="Train on, --steps {decides:d}; what is trained is kept. Or take away what makes the plateau: try D "
        "without BatchNorm, or PyTorch's initial weights.",
    ),
    "mode-collapse": FindingWords(
        title="generated images lack variety: {spread:%} of the spread of real ones, coverage {coverage}, in {seeds} "
        "of {of} seeds",
        explanation="The images are images, but few different ones: {digits} of ten digits, recall {recall}. The "
        "generator has found some images that the discriminator takes, and draws little else.",
        advice="Check the pull-away term, the margin and the discriminator's learning rate against the reference's.",
    ),
    "mode-collapse.unclassified": FindingWords(
        title="generated images lack variety: {spread:%} of the spread of real ones, coverage {coverage}, in {seeds} "
        "of {of} seeds",
        explanation="The images are images, but few different ones: recall {recall}. The generator has found some "
        "images that the discriminator takes, and draws little else.",
        advice="Check the learning rates of both nets, and what keeps them in balance, against the reference's.",
    ),
    "mode-collapse.other": FindingWords(
        title="generated images lack variety: {spread:%} of the spread of real ones, coverage {coverage}, in {seeds} "
        "of {of} seeds",
        explanation="The images are images, but few different ones: {digits} of ten digits, recall {recall}. The "
        "generator has found some images that the discriminator takes, and draws little else.",
        advice="Check the learning rates of both nets, and what keeps them in balance, against the reference's.",
    ),
    "memorisation": FindingWords(
        title="{share:%} of generated images are nearer to a training image than nearly all unseen real ones are",
        explanation="Of unseen real images 5 % are that near; working seeds of the reference have up to {usual}. FID "
        "and coverage reward copies, so that they do not show it.",
        advice="Look at generated images beside their nearest training images. More data or a smaller generator help.",
    ),
    "margin-saturated": FindingWords(
        title="the hinge is closed: {hinge_active:%} of generated images are still pushed away, in {seeds} of {of} "
        "seeds",
        explanation="Over the last third of training nearly every generated image has an energy above the margin of "
        "{margin}, so that the discriminator learns from real images alone, and the generator is left with whatever "
        "gradient that gives it. Working seeds of the reference push at least {usual} of their images; below {limit} "
        "the hinge counts as closed. Energies that stand still are no failure by themselves: it is said because the "
        "images fail as well.",
        advice="Raise the margin above the energy that real images keep, or lower the discriminator's learning rate.",
    ),
    "discriminator-died": FindingWords(
        title="the discriminator has stopped teaching: the gradient at generated images fell to {gradient:%} of its "
        "start",
        explanation="It reconstructs real images to an energy of {energy_real}, below the {pca_residual} that the "
        "best linear code of its size leaves, its hinge is closed, and nothing moves the generator any more.",
        advice="Lower the discriminator's learning rate, narrow its code, or raise the margin.",
    ),
    "discriminator-saturated": FindingWords(
        title="the discriminator has won: it ranks {ranked:%} of pairs rightly, its loss fell from {first} to {loss}",
        explanation="It gives real images {real} and generated ones {fake} on average over the last third of training, "
        "in {seeds} of {of} seeds, and has nothing left to learn. The generator still has a gradient, {gradient} times "
        "that of its start, but no step of its own fools the discriminator any more, and its images are bad.",
        advice="Lower the discriminator's learning rate, or make it weaker: dropout, fewer features.",
    ),
    "discriminator-saturated.gone": FindingWords(
        title="the discriminator has won, and the generator is told nothing: its gradient fell to {gradient:%} of its "
        "start",
        explanation="It ranks {ranked:%} of pairs rightly, its loss fell from {first} to {loss}, and it gives real "
        "images {real} and generated ones {fake} on average, in {seeds} of {of} seeds. Where it is sure, the "
        "generator's loss is flat.",
        advice="Use the generator's loss that does not saturate, `softplus(-discriminator(fake)).mean()`, and lower "
        "the discriminator's learning rate or make it weaker.",
    ),
    "began-k-stuck.zero": FindingWords(
        title="k stays at 0: the discriminator never pushes generated images away, in {seeds} of {of} seeds",
        explanation="`{name}`, the weight of generated images in the discriminator's loss, was 0 for nearly all of the "
        "last half of training, with energies of {energy_real} for real and {energy_fake} for generated images. The "
        "discriminator is a plain autoencoder of real images then.",
        advice="Check that k moves by λ (γ L(x) − L(G(z))), with that sign, that λ is above 0, and whether γ is large "
        "enough for the generator to get below γ L(x).",
    ),
    "began-k-stuck.one": FindingWords(
        title="k stays at 1: generated images are pushed away as hard as can be, in {seeds} of {of} seeds",
        explanation="`{name}`, the weight of generated images in the discriminator's loss, was 1 for nearly all of the "
        "last half of training, with energies of {energy_real} for real and {energy_fake} for generated images. The "
        "balance that γ asks for is not reached whatever k does.",
        advice="Lower γ (published: .5), or check that k moves by λ (γ L(x) − L(G(z))), with that sign.",
    ),
    "began-k-stuck.jumps": FindingWords(
        title="k jumps between 0 and 1: nothing is balanced, in {seeds} of {of} seeds",
        explanation="`{name}`, the weight of generated images in the discriminator's loss, was at one end of its range "
        "or the other for nearly all of the last half of training. A step of it is larger than the range.",
        advice="Lower λ (published: .001).",
    ),
    "began-k-stuck.still": FindingWords(
        title="k never moves: it is {k} from the first step to the last, in {seeds} of {of} seeds",
        explanation="`{name}`, the weight of generated images in the discriminator's loss, is a constant. Nothing "
        "keeps the two energies, {energy_real} for real and {energy_fake} for generated images, in balance.",
        advice="Move k in `after_step`, by λ (γ L(x) − L(G(z))) with λ above 0.",
    ),
    "began-not-converging": FindingWords(
        title="M does not fall: {start} at the start, {end} at the end, in {seeds} of {of} seeds",
        explanation="M = L(x) + |γ L(x) − L(G(z))| is to fall as real images are rebuilt better and the two energies "
        "come into balance. One of the two does not happen.",
        advice="Look at k and at both learning rates.",
    ),
    "magan-margin-rises": FindingWords(
        title="the margin rises {rises:n} times, from {first} to {last}; it was to follow the energy of real images "
        "down",
        explanation="In {seeds} of {of} seeds `{name}` is higher than a step before. A margin that rises asks for ever "
        "worse reconstructions of generated images; the published rule only lowers it.",
        advice="Set it only where the mean of E(x) is below it: `if mean < self.margin`.",
    ),
    "magan-margin-stuck": FindingWords(
        title="the margin never moves: {margin} for {epochs:n} epochs, in {seeds} of {of} seeds",
        explanation="`{name}` can be moved, and is not, while the energy of real images fell to {energy_real}. This is "
        "an EBGAN whose margin is as high as real images were before the training.",
        advice="After each epoch in which E(G(z)) rose and E(x) is below it, set the margin to the mean of E(x) where "
        "that is below the margin.",
    ),
    "identity-autoencoder": FindingWords(
        title="the discriminator copies noise as well as images: error {noise} of the noise's variance",
        explanation="An output that ignores its input has 1, and a net that has learned images does worse than that "
        "on noise. Here the energy says nothing about whether an image looks real. The code has {code} numbers.",
        advice="Narrow the code below the number of pixels, or let it push generated images away.",
    ),
    "pull-away-without-effect": FindingWords(
        title="the pull-away term decides nothing: its gradient is {ratio:%} of the energy's at most",
        explanation="Averaged over training, in every seed. With a weight of {weight} its value may look large in a "
        "log; what moves the generator is its gradient.",
        advice="Compare with a weight of 0 before you keep it.",
    ),
    "batchnorm-train-eval-gap.generator": FindingWords(
        title="the generator draws otherwise in training mode: its FID is {ratio} times that in evaluation mode",
        explanation="What you look at while training is not what is scored or used afterwards. BatchNorm uses the "
        "batch's own statistics in training and running ones in evaluation; these have not met. Seen in {seeds} of "
        "{of} seeds.",
        advice="Look at the arguments of BatchNorm (momentum, eps) in the generator.",
    ),
    "batchnorm-train-eval-gap.discriminator": FindingWords(
        title="real images have {ratio} times the energy in evaluation mode that they have in training mode",
        explanation="The discriminator has BatchNorm, so that in training an image's energy depends on what shares "
        "its batch, and in evaluation on running statistics that lag behind. Seen in {seeds} of {of} seeds.",
        advice="Keep real and generated images in batches of their own, or take BatchNorm out of the discriminator.",
    ),
    "diverged": FindingWords(
        title="{seeds} of {of} seeds diverge, the first at step {step:n}: {reason}",
        explanation="A value stopped being finite, and no step after it means anything. It counts as not working.",
        advice="Lower the learning rates; look for a hinge that is missing, and for a logarithm, root or division "
        "that can reach zero.",
    ),
    "reference-not-working": FindingWords(
        title="the reference works in {works} of {of} seeds after {steps:n} steps: nothing can be learned by comparing",
        explanation="What is said about mine is said against the absolute bar alone.",
        advice="Train until the reference works, --steps auto, or compare with another one.",
    ),
    "still-improving": FindingWords(
        title="still getting better when training ended: FID fell to {ratio:%} or less over the second half",
        explanation="In each of the {seeds} seeds that do not work. {steps:n} steps decide nothing about it.",
        advice="Train on, --steps {decides:d}; what is trained is kept.",
    ),
    "still-improving.share": FindingWords(
        title="still getting better when training ended: what its AUROC lacks of 1 fell to {ratio:%} or less over the "
        "second half",
        explanation="In each of the {seeds} seeds that do not work. {steps:n} steps decide nothing about it.",
        advice="Train on, --steps {decides:d}, with as many epochs as that takes; what is trained is kept.",
    ),
    "slower-than-reference": FindingWords(
        title="slower, not necessarily broken: after {steps:n} steps it is where the reference was {factor} times "
        "earlier",
        explanation="By FID. The reference's own seeds lag behind each other by a factor of {usual} at most.",
        advice="Raise the learning rate, or give it {factor} times the steps before you call it broken.",
    ),
    "slower-than-reference.share": FindingWords(
        title="slower, not necessarily broken: after {steps:n} steps it is where the reference was {factor} times "
        "earlier",
        explanation="By AUROC. The reference's own seeds lag behind each other by a factor of {usual} at most.",
        advice="Raise the learning rate, or give it {factor} times the steps before you call it broken.",
    ),
    "pull-away-unsquared": FindingWords(
        title="the pull-away term takes cosines, where the paper takes their squares",
        explanation="Codes that point in opposite directions have a cosine of −1, which the plain term rewards. With "
        "two opposite clusters its mean is about 0, as for codes without any order, while the mean of squares is 1: "
        "the term does not see that kind of collapse.",
        advice="Square the cosines before they are averaged: `(unit @ unit.T).square()`.",
    ),
    "pull-away-inert": FindingWords(
        title="the pull-away term has no effect: {effect} of the paper's",
        explanation="Whatever the codes are, its value hardly changes and its gradient is next to zero. Dividing by "
        "one norm of the whole batch does that: the value is then about −1/(B−1). The model is trained as if the term "
        "were not there, which need not harm it.",
        advice="Divide each code by its own norm, `nn.functional.normalize(code, dim=1)`, and square the cosines; or "
        "delete the term.",
    ),
    "pull-away-wrong-axis": FindingWords(
        title="the pull-away term is taken along the wrong axis of the codes",
        explanation="It divides by norms over the batch, or compares the dimensions of the code, where the paper "
        "compares the codes of different images. Its value can fall while the images become alike.",
        advice="Normalise each code, `unit = nn.functional.normalize(code, dim=1)`, and compare codes with codes: "
        "`unit @ unit.T`.",
    ),
    "pull-away-diagonal": FindingWords(
        title="the pull-away term counts each code's likeness to itself: {constant} is added",
        explanation="A code has a cosine of 1 with itself. Counting it adds a constant to the value that is logged. "
        "Its gradient is zero, so that the training is not touched.",
        advice="Subtract the diagonal before averaging, and divide by B(B−1).",
    ),
    "pull-away-scaled": FindingWords(
        title="the pull-away term acts with a weight of {acts}, where Config says {declared}",
        explanation="Somewhere between Config and the loss there is a factor of {factor}. Whoever compares weights "
        "with another model, or with the paper's 0.1, compares different things.",
        advice="Take the factor out, or write the weight that acts into Config.",
    ),
    "pull-away-scaled.reversed": FindingWords(
        title="the pull-away term acts with a weight of {acts}, where Config says {declared}: it pulls codes together",
        explanation="The sign is turned, so that the generator is rewarded for codes, and images, that are alike.",
        advice="Add the term to the generator's loss; do not subtract it.",
    ),
    "pull-away-on-pixels": FindingWords(
        title="the pull-away term compares pixels, where the paper compares codes",
        explanation="The generator's loss does not change with the codes of its images, and follows the pull-away "
        "formula over their pixels. Images on one background are alike in most pixels whatever they show.",
        advice="Give the term the encoder's output in place of images.",
    ),
    "pull-away-unused": FindingWords(
        title="the pull-away term never reaches the generator: its weight of {weight} does nothing",
        explanation="The loss that trains the generator does not change with the codes of its images. This is a plain "
        "EBGAN; whatever was expected of the term cannot happen.",
        advice="Add `config.pull_away_weight * pull_away(code)` to the generator's loss, or set the weight to 0.",
    ),
    "pull-away-unused.detached": FindingWords(
        title="the pull-away term never reaches the generator: its codes are detached",
        explanation="The term has a value in the generator's loss, and no gradient goes on from the codes to the "
        "images. This is a plain EBGAN; whatever was expected of the term cannot happen.",
        advice="Take the code from the pass of `discriminator(fake)` that the energy is taken from, without "
        "`detach()` or `no_grad()`.",
    ),
    "hinge-on-batch-mean": FindingWords(
        title="the hinge is taken of the batch's mean energy, not of each image's",
        explanation="As soon as the mean passes the margin, no generated image is pushed away, not even those far "
        "below it; as long as it does not, those beyond it still are.",
        advice="Take the hinge first and the mean after it: `(config.margin - energy_fake).relu().mean()`.",
    ),
    "hinge-missing.none": FindingWords(
        title="the discriminator's loss has no hinge: generated images are pushed away without end",
        explanation="The loss falls as the energy of generated images rises, however large it is already. The "
        "discriminator can always gain by worse reconstructions of them, and forgets the real ones.",
        advice="Stop at the margin: `(config.margin - energy_fake).relu().mean()`.",
    ),
    "hinge-missing.reversed": FindingWords(
        title="the discriminator's loss pulls generated images like real ones: the hinge is missing",
        explanation="A lower energy of generated images lowers the loss, so that the discriminator learns to "
        "reconstruct them as well. Nothing tells them from real ones.",
        advice="Turn the sign, and stop at the margin: `(config.margin - energy_fake).relu().mean()`.",
    ),
    "hinge-missing.inactive": FindingWords(
        title="the discriminator's loss does not depend on generated images: the hinge is missing",
        explanation="Whatever their reconstructions are, no gradient comes from them. The discriminator is a plain "
        "autoencoder of real images.",
        advice="Add the hinge, `(config.margin - energy_fake).relu().mean()`, without `detach()` or `no_grad()`.",
    ),
    "hinge-missing.soft": FindingWords(
        title="the discriminator's push on generated images fades, where the paper's hinge ends at the margin",
        explanation="Something smooth, or a balance with a state of its own, takes the place of the hinge. That is "
        "another objective; the margin does not say where the push ends.",
        advice="Where the paper's objective is meant: `(config.margin - energy_fake).relu().mean()`.",
    ),
    "generator-target-detached": FindingWords(
        title="the generator's energy is taken against a detached image: cosine with the full gradient {cosine}",
        explanation="The image counts as what the discriminator makes of it, not as what it should be. The generator "
        "learns along another direction than that of its energy; that need not harm it.",
        advice="Take `detach()` out of the energy in the generator's loss.",
    ),
    "generator-target-detached.uncounted": FindingWords(
        title="the generator's energy is taken against a detached image",
        explanation="The image counts as what the discriminator makes of it, not as what it should be. The generator "
        "learns along another direction than that of its energy; that need not harm it.",
        advice="Take `detach()` out of the energy in the generator's loss.",
    ),
    "generator-target-detached.reconstruction": FindingWords(
        title="the generator's energy is taken of a detached reconstruction: the discriminator teaches nothing",
        explanation="No gradient goes through the discriminator. The generator is only told to draw what it happens "
        "to be reconstructed as.",
        advice="Take `detach()` or `no_grad()` off the reconstruction in the generator's loss.",
    ),
    "energy-not-per-sample": FindingWords(
        title="energy() returns one value for {images} images",
        explanation="The hinge can only be taken of the batch's mean then: images that are already far from the "
        "margin speak for those that are not. Energies of single images cannot be looked at.",
        advice="Reduce over all axes but the first: `(recon - x).square().flatten(1).mean(1)`.",
    ),
    "energy-not-per-sample.pixels": FindingWords(
        title="energy() returns {returned:n} values for {images} images: its shape is {shape}",
        explanation="The hinge acts on single values then, each of them against the margin that is meant for an image.",
        advice="Reduce over all axes but the first: `(recon - x).square().flatten(1).mean(1)`.",
    ),
    "energy-depends-on-batch-size": FindingWords(
        title="the energy depends on the batch size: × {ratio} for twice as many images",
        explanation="The same images have another energy in a larger batch, so that the margin means something else "
        "for each batch size. A root of a sum over the batch, divided by its size, gives 0.71, a sum over the batch 2.",
        advice="Reduce each image on its own, and average over the batch last.",
    ),
    "energy-depends-on-batch-mates": FindingWords(
        title="an image's energy depends on its batch-mates: {alone} alone, {among} among others",
        explanation="The discriminator normalises over the batch. A real image can be cheap among real ones and dear "
        "alone; on generated images that are all alike, what they share is subtracted, and the generator is hardly "
        "told where to move.",
        advice="Use a normalisation of single images in the discriminator, such as `nn.GroupNorm`, or none.",
    ),
    "energy-depends-on-batch-mates.function": FindingWords(
        title="an image's energy depends on its batch-mates: energy() changes it by {change:%}",
        explanation="`energy` uses numbers of the whole batch for each image. The margin then means something else in "
        "each batch.",
        advice="Use nothing but an image and its reconstruction for its energy.",
    ),
    "energy-entropy-floor": FindingWords(
        title="the energy is a cross-entropy: real images keep {floor} even if they are perfectly reconstructed",
        explanation="Pixels that are neither black nor white have an entropy of their own, which no discriminator "
        "removes. The margin, {margin}, has to be seen against that floor.",
        advice="Use squares for the energy, or subtract the images' own entropy; else choose the margin well above "
        "the floor.",
    ),
    "margin-unreachable": FindingWords(
        title="the margin is out of reach: {margin}, where the energy cannot exceed {ceiling}",
        explanation="The discriminator's output is bounded by `{bound}`, and so is its energy. The hinge never ends: "
        "bad reconstructions of generated images are rewarded however bad they are. Margins of 10 to 80 in the paper "
        "belong to the norm of a whole image. The mean image has an energy of {mean_image} here.",
        advice="Set the margin near the energy of the mean image, {mean_image} (the reference models have 0.7 and 3.7 "
        "times theirs); or use an energy that is summed over the image.",
    ),
    "margin-inflates-reconstruction": FindingWords(
        title="the margin of {margin} is only reached outside of the data's range, where the energy is at most "
        "{in_range}",
        explanation="Nothing bounds the discriminator's output, so it is paid to draw generated images with values "
        "that no image has. The mean image has an energy of {mean_image} here.",
        advice="Set the margin near the energy of the mean image, {mean_image}: the reference models have 0.7 and 3.7 "
        "times theirs.",
    ),
    "margin-below-energy-floor": FindingWords(
        title="the margin of {margin} is below what real images keep: about {floor} with a code of {code}",
        explanation="That is the energy of the best linear reconstruction from so many numbers; the mean image has "
        "{mean_image}. Generated images reach the margin before real ones have sunk to it: the hinge closes, and the "
        "discriminator no longer tells them apart.",
        advice="Set the margin near the energy of the mean image, {mean_image} (the reference models have 0.7 and 3.7 "
        "times theirs), or scale the energy to the margin.",
    ),
    "generator-range-mismatch.low": FindingWords(
        title="the generator cannot draw values below {low}, and the data begin at {data_low}",
        explanation="Its output is bounded by `{layer}`. Real images have values that no generated one can have, and "
        "are told apart by these alone.",
        advice="Replace `{layer}` at {line} by an activation that reaches the data's range, such as `nn.Tanh()` for "
        "[−1, 1], or set `pixel_range` in Config to what it can draw.",
    ),
    "generator-range-mismatch.high": FindingWords(
        title="the generator cannot draw values above {high}, and the data end at {data_high}",
        explanation="Its output is bounded by `{layer}`. Real images have values that no generated one can have, and "
        "are told apart by these alone.",
        advice="Replace `{layer}` at {line} by an activation that reaches the data's range, or set `pixel_range` in "
        "Config to what it can draw.",
    ),
    "generator-range-mismatch.both": FindingWords(
        title="the generator draws values from {low} to {high}, and the data go from {data_low} to {data_high}",
        explanation="Its output is bounded by `{layer}`. Real images have values that no generated one can have, and "
        "are told apart by these alone.",
        advice="Scale the output at {line} to the data's range, or set `pixel_range` in Config to what it can draw.",
    ),
    "reconstruction-range-mismatch.low": FindingWords(
        title="the discriminator cannot reconstruct values below {low}, and the data begin at {data_low}",
        explanation="Its output is bounded by `{layer}`. Real images keep an energy of at least {floor}, however long "
        "it is trained.",
        advice="Replace `{layer}` at {line} by nothing or by `nn.Tanh()`, or scale the data to what it can draw with "
        "`pixel_range` in Config.",
    ),
    "reconstruction-range-mismatch.high": FindingWords(
        title="the discriminator cannot reconstruct values above {high}, and the data end at {data_high}",
        explanation="Its output is bounded by `{layer}`. Real images keep an energy of at least {floor}, however long "
        "it is trained.",
        advice="Replace `{layer}` at {line} by nothing, or scale the data to what it can draw with `pixel_range` in "
        "Config.",
    ),
    "reconstruction-range-mismatch.both": FindingWords(
        title="the discriminator reconstructs values from {low} to {high}, and the data go from {data_low} to "
        "{data_high}",
        explanation="Its output is bounded by `{layer}`. Real images keep an energy of at least {floor}, however long "
        "it is trained.",
        advice="Take the bound at {line} away, or scale the data to what it can draw with `pixel_range` in Config.",
    ),
    "silent-broadcast": FindingWords(
        title="the reconstruction has shape {recon} for images of {image}: PyTorch repeats it silently",
        explanation="One reconstruction is compared with several values of the image at once. The energy has a value, "
        "and says nothing of how well the image is reconstructed.",
        advice="Give the discriminator's last layer the image's shape, {image}.",
    ),
    "not-an-autoencoder": FindingWords(
        title="the discriminator returns one number an image: it is no autoencoder",
        explanation="This is another family of models. Energies, margin and codes cannot be looked at, and what needs "
        "a reconstruction does not apply.",
        advice="For an energy-based GAN return the decoder's output; for a plain GAN nothing has to be done.",
    ),
    "loss-moves-other-net": FindingWords(
        title="the {of}'s loss also moves the {into}: {share:%} of its gradient",
        explanation="What the {of}'s `backward()` left in the {into} was still there when the {into} was updated. The "
        "two nets want opposite things of generated images, so that each undoes a part of the other's work.",
        advice="Call `zero_grad()` of the {into}'s optimiser before its own `backward()`, and give the "
        "discriminator's loss `fake.detach()`.",
    ),
    "loss-moves-other-net.both": FindingWords(
        title="one loss moves both nets: up to {share:%} of a net's gradient is the other's",
        explanation="The same `backward()` fed both updates. The two nets want opposite things of generated images, "
        "so that each undoes a part of the other's work.",
        advice="Make two losses and two calls of `backward()`, with `zero_grad()` before each, and `fake.detach()` in "
        "the discriminator's.",
    ),
    "loss-moves-other-net.touched": FindingWords(
        title="the {of}'s loss changes the {into}'s parameters by hand",
        explanation="They were not what the last update left when the {of}'s loss had been computed.",
        advice="Leave the {into} as it is in the {of}'s loss.",
    ),
    "optimizer-wrong-parameters.all": FindingWords(
        title="the {net}'s optimiser holds none of its parameters",
        explanation="The {net} stays as it was drawn: nothing else updates it. The two optimisers, or the two "
        "nets, may be exchanged.",
        advice="Give it `{net}.parameters()`; `optimizers` returns the generator's first.",
    ),
    "optimizer-wrong-parameters.missing": FindingWords(
        title="the {net}'s optimiser lacks {tensors} of its parameters: {names}",
        explanation="These stay as they were drawn, whatever the loss says.",
        advice="Give it `{net}.parameters()`, or freeze what is meant to stay with `requires_grad_(False)`.",
    ),
    "optimizer-wrong-parameters.foreign": FindingWords(
        title="the {net}'s optimiser holds {tensors} parameters that are not the {net}'s: {names}",
        explanation="Its updates can move what belongs to the other net, and its `zero_grad()` clears that net's "
        "gradients.",
        advice="Give it `{net}.parameters()` and nothing else.",
    ),
    "optimizer-wrong-parameters.twice": FindingWords(
        title="the {net}'s optimiser holds {tensors} parameters twice: {names}",
        explanation="They are updated twice in each step.",
        advice="List each parameter once.",
    ),
    "update-ratio": FindingWords(
        title="{d} updates of the discriminator for {g} of the generator",
        explanation="The paper makes one of each, and the reference does not do this either. More updates make the "
        "discriminator stronger, so that the hinge closes earlier.",
        advice="Start with one update of each, or with the reference's ratio.",
    ),
    "update-ratio.undeclared": FindingWords(
        title="{d} updates of the discriminator for {g} of the generator in one step ({order}), where Config says "
        "{declared} to 1",
        explanation="A step is one update of the generator and `discriminator_steps` of the discriminator. Steps, "
        "budgets and curves count these.",
        advice="Count the calls of `step()` in `train_step`, and say the ratio in `Config.discriminator_steps`.",
    ),
    "update-ratio.never": FindingWords(
        title="the {net} is never updated",
        explanation="In one training step its optimiser's `step()` was not called.",
        advice="Call it after the {net}'s `backward()`.",
    ),
    "log-polluted": FindingWords(
        title="the logged {name} is not what it is called: {value}, where the step's own images have {expected}",
        explanation="Something was added to it in place, such as the hinge: `loss = energy_real; loss += hinge` "
        "leaves the sum in both.",
        advice="Write `loss = energy_real + hinge`.",
    ),
    "log-polluted.off_fake": FindingWords(
        title="the term {name} is not what it is called: it changes with the reconstruction of generated images",
        explanation="Something was added to it in place: `loss = energy_real; loss += hinge` leaves the sum in both. "
        "As terms are added up, it is trained on as well.",
        advice="Write `loss = energy_real + hinge`.",
    ),
    "log-polluted.off_real": FindingWords(
        title="the term {name} is not what it is called: it changes with the reconstruction of real images",
        explanation="Something was added to it in place: `loss = hinge; loss += energy_real` leaves the sum in both. "
        "As terms are added up, it is trained on as well.",
        advice="Write `loss = energy_real + hinge`.",
    ),
    "log-polluted.code": FindingWords(
        title="the term {name} is not what it is called: it changes with the codes of generated images",
        explanation="Something was added to it in place: `loss = energy_fake; loss += pull_away` leaves the sum in "
        "both. As terms are added up, it is trained on as well.",
        advice="Write `loss = energy_fake + pull_away`.",
    ),
    "config-unused": FindingWords(
        title="nothing reads {names} of Config",
        explanation="The model was built, its losses were called and some steps trained without it. Changing the "
        "value changes nothing.",
        advice="Read it where it is meant to act, or delete it.",
    ),
    "config-misspelt": FindingWords(
        title="nothing reads {name} of Config: did you mean `{meant}`?",
        explanation="`{meant}` is {in_effect} here, its default, whatever `{name}` says.",
        advice="Rename it to `{meant}`.",
    ),
    "code-too-wide": FindingWords(
        title="the code is as wide as the image: {code:n} values for {pixels:n}",
        explanation="Nothing in this autoencoder forces it to learn what images look like: it may copy whatever it is "
        "shown, and then noise and generated images have as low an energy as real ones. Only the hinge speaks against "
        "that. The paper's own MNIST models have codes that wide, and some work.",
        advice="Make the code narrower than the image; 32 values are enough for digits.",
    ),
    "code-too-narrow": FindingWords(
        title="the code is too narrow: {code:n} values, where half of the data's variance needs {needed:n} directions",
        explanation="A linear autoencoder with such a code loses more than half of what tells images apart. Real "
        "images keep a high energy, and generated ones look as good when they lack the same details.",
        advice="Widen the code, to more than {needed:n} values; 32 are enough for digits.",
    ),
    "latent-too-small": FindingWords(
        title="latents have {latents:n} values, the reference's {reference_latents:n}",
        explanation="All variety of the images has to come from these numbers. With few of them the generator draws "
        "a thin slice of the data, and coverage stays low however long it trains.",
        advice="Use as many latents as the reference: `latent_dim = {reference_latents:n}`.",
    ),
    "latent-too-small.few": FindingWords(
        title="latents have {latents:n} values only",
        explanation="All variety of the images has to come from these numbers. With few of them the generator draws "
        "a thin slice of the data, and coverage stays low however long it trains.",
        advice="Use more latents, 32 for example.",
    ),
    "latent-differs": FindingWords(
        title="latents are {mine}, the reference's {reference}",
        explanation="The same seeds do not give both models the same latents, so that pictures side by side show no "
        "counterparts. Quality rarely depends on it.",
        advice="Use the reference's latents while you look for something else.",
    ),
    "not-reproducible.system": FindingWords(
        title="built twice with one seed, the {nets} differ after {step:n} steps: the system's randomness",
        explanation="The same seed must give the same model, bit for bit; here `{tensor}` is another one (after 0 "
        "steps means from the start). `{call}` takes what the operating system has at that moment. Seeds do not "
        "compare, and a stored run cannot be repeated.",
        advice="Draw from the `rng` that is handed in, or with torch's functions inside the nets, losses and steps: "
        "all of these are seeded for you.",
    ),
    "not-reproducible.clock": FindingWords(
        title="built twice with one seed, the {nets} differ after {step:n} steps: the clock",
        explanation="The same seed must give the same model, bit for bit; here `{tensor}` is another one (after 0 "
        "steps means from the start). `{call}` reads the time. Seeds do not compare, and a stored run cannot be "
        "repeated.",
        advice="Count steps instead of seconds, and take no seed from the time: torch, numpy and `random` are seeded "
        "for you before each step.",
    ),
    "not-reproducible.own": FindingWords(
        title="built twice with one seed, the {nets} differ after {step:n} steps: a generator without a seed",
        explanation="The same seed must give the same model, bit for bit; here `{tensor}` is another one (after 0 "
        "steps means from the start). `{call}` starts where the operating system says. Seeds do not compare, and a "
        "stored run cannot be repeated.",
        advice="Draw from the `rng` that is handed in or with the functions of torch and numpy themselves, or give "
        "it a fixed seed.",
    ),
    "not-reproducible.order": FindingWords(
        title="built twice with one seed, the {nets} differ after {step:n} steps: the order of a set",
        explanation="The same seed must give the same model, bit for bit; here `{tensor}` is another one (after 0 "
        "steps means from the start). `{call}` is gone through in an order that changes from run to run. Seeds do not "
        "compare, and a stored run cannot be repeated.",
        advice="Use a list or a tuple, or `sorted(…)`.",
    ),
    "not-reproducible.import": FindingWords(
        title="built twice with one seed, the {nets} differ after {step:n} steps: a draw when the file is imported",
        explanation="The same seed must give the same model, bit for bit; here `{tensor}` is another one (after 0 "
        "steps means from the start). `{call}` runs before any seed is set. Seeds do not compare, and a stored run "
        "cannot be repeated.",
        advice="Draw in a constructor, which is seeded for you, or with a generator of a fixed seed.",
    ),
    "not-reproducible.unknown": FindingWords(
        title="built twice with one seed, the {nets} differ after {step:n} steps",
        explanation="The same seed must give the same model, bit for bit; here `{tensor}` is another one (after 0 "
        "steps means from the start). Seeds do not compare, and a stored run cannot be repeated. Nothing in the text "
        "says why: look for a generator of its own, the time, or a value that survives from one model to the next.",
        advice="Draw from the `rng` that is handed in, or with torch's functions inside the nets, losses and steps: "
        "all of these are seeded for you.",
    ),
    "init-not-applied.nothing": FindingWords(
        title="initialise() changes no weights",
        explanation="It was called on both nets, and all {layers:n} layers with weights have those that their "
        "constructors drew. It may ask for names or types that no layer has, or make new tensors in place of writing "
        "into the weights.",
        advice="Ask with `isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d))`, and write into "
        "`layer.weight`: `nn.init.normal_(layer.weight, 0.0, 0.02)`.",
    ),
    "init-not-applied.missed": FindingWords(
        title="initialise() misses {missed:n} of {layers:n} layers with weights: {types}",
        explanation="These keep the weights that their constructors drew, while all others were drawn anew. Where that "
        "was not meant, the function asks for the wrong names or types.",
        advice="Let it ask for {types} as well, if that was not meant.",
    ),
    "init-out-of-scale.large": FindingWords(
        title="initial weights of {type} have a spread of {std}, {ratio} times PyTorch's default",
        explanation="Weights that wide blow signals up layer by layer: a generator's tanh stands at its ends and hands "
        "no gradient on, and reconstructions leave the range of the data. Real images start with an energy of "
        "{energy}, where black ones have 1 at most.",
        advice="Leave PyTorch's initialisation, or draw from N(0, 0.02) at {line}.",
    ),
    "init-out-of-scale.equal": FindingWords(
        title="all initial weights of {type} at `{path}` are equal: {mean}",
        explanation="Units that start with the same weights get the same gradients and stay the same unit for ever; "
        "where the weights are 0, nothing behind the layer depends on what is before it.",
        advice="Draw the weights at random: leave PyTorch's initialisation, or `nn.init.normal_(layer.weight, 0.0, "
        "0.02)`.",
    ),
    "init-out-of-scale.gain": FindingWords(
        title="gains of {type} start with mean {mean} and spread {std}, not near 1",
        explanation="What the layer has just normalised is multiplied by its gains. Near 0 they silence its units, and "
        "of both signs they turn some of them. DCGAN draws them from N(1, 0.02), not from N(0, 0.02).",
        advice="Leave gains at their ones, or draw them from N(1, 0.02).",
    ),
    "init-out-of-scale.energy": FindingWords(
        title="real images start with an energy of {energy}, where black reconstructions have 1 at most",
        explanation="The first reconstructions leave the range of the data by far, so that the discriminator has to "
        "unlearn before it can learn, and the hinge is closed until it has.",
        advice="Leave PyTorch's initialisation, or look for a layer that multiplies what it is given.",
    ),
    "batchnorm-arguments": FindingWords(
        title="{type} has an eps of {eps}, which looks like its momentum",
        explanation="The argument after the number of features is eps, and momentum comes after it. Divided by "
        "√(variance + {eps}), weak signals stay weak, and units no longer have a spread of 1.",
        advice="Replace `{shown}` at {line} by `nn.{type}({features:n})`, or write `momentum={eps}`.",
    ),
    "normalisation-missing": FindingWords(
        title="the reference normalises {layers:n} times where this model does not, first in the {net}",
        explanation="It has `{shown}` at {reference}. Without it the size of signals depends on the weights alone. In "
        "generators that may slow learning down; in discriminators it is often a gain, for no image's energy depends "
        "on what shares its batch.",
        advice="Try the reference's normalisation before you look further, or leave it out of both.",
    ),
    "learning-rates-differ.higher": FindingWords(
        title="the {net} learns at a rate of {rate}, {ratio} times the reference's {reference_rate}",
        explanation="A rate that high is the quickest way to losses that jump, outputs that turn into one, or "
        "numbers that end as NaN.",
        advice="Set the rate of the {net} to {reference_rate}.",
    ),
    "learning-rates-differ.swapped": FindingWords(
        title="both learning rates have changed places: generator {generator}, discriminator {discriminator}",
        explanation="The reference has them the other way round, so that the net that leads there follows here.",
        advice="Exchange the two rates.",
    ),
    "learning-rates-differ.other": FindingWords(
        title="the {net} learns at a rate of {rate}, the reference's at {reference_rate}",
        explanation="A lower rate is slow, not broken; a slightly higher one seldom matters. At the same number of "
        "steps the two are not equally far.",
        advice="Set both rates as the reference has them, or give the slower model more steps.",
    ),
    "dead-at-init": FindingWords(
        title="{share:%} of the {units:n} units of {shown} in the {net} are 0 for a whole batch before any training",
        explanation="A unit that is 0 whatever comes in hands no gradient on, and may stay so. With usual initial "
        "weights that does not happen by chance.",
        advice="Look at the layer before it: its bias, its initial weights, and the range of what it is given.",
    ),
    "dead-at-init.all": FindingWords(
        title="all {units:n} units of {shown} in the {net} are 0 for a whole batch before any training",
        explanation="Everything passes through this layer, and it hands nothing on: no image, no latent and no "
        "gradient gets across. What is before it never learns.",
        advice="Look at the layer before it: its bias, its initial weights, and the range of what it is given.",
    ),
    "no-difference": FindingWords(
        title="nothing differs in effect from {reference}",
        explanation="What is only written differently is no difference: with the same seeds both models train to "
        "equals. What differs in results then does so by chance, or comes from outside the files.",
        advice="Look outside the model: at data, versions, seeds, and how it was judged.",
    ),
    "labels-independent-of-inputs.drawn": FindingWords(
        title="the labels carry no information: AUROC {value} on other pairs of the same source, where chance gives "
        "{chance_low} to {chance_high}",
        explanation="`pairs` draws them at {at} without a look at the images. After a short training the encoder "
        "parts its 256 training pairs with an AUROC of {given}, and with their labels shuffled {shuffled}: it learns "
        "both by heart, the given ones no faster. No model, loss or length of training can beat chance on these pairs.",
        advice="Make pairs of images that have labels, or delete `pairs`: then the data set's labels say which are "
        "the same.",
    ),
    "labels-independent-of-inputs.unlearnt": FindingWords(
        title="the labels seem to carry no information: AUROC {value} on other pairs of the same source, where chance "
        "gives {chance_low} to {chance_high}",
        explanation="After a short training the encoder parts its 256 training pairs with an AUROC of {given}, and "
        "with their labels shuffled {shuffled}: it learns both by heart, the given ones no faster. If the labels are "
        "chance, no model can do better. If they are a hard task, seconds of training did not get hold of it.",
        advice="Look at ten pairs with their labels. Are these still in the order of the images? Could you tell them "
        "yourself?",
    ),
    "cosine-as-logit": FindingWords(
        title="the loss cannot fall below {least_loss}, whatever the embeddings; {undecided_loss} is what one that is "
        "undecided has",
        explanation="A cosine ends at 1, and the loss takes it for a logit, which does not: the sigmoid of a bare "
        "cosine is .73 at most, and binary cross-entropy of it ln(1 + 1/e) = .3133 at least. A training loss that "
        "stands there has said all it can say. Pairs that are already told apart still pull, so that little of the "
        "gradient is left for those that are not.",
        advice="Divide by a temperature, `(cosine - 0.5) / 0.1`, or use a margin loss: `same * (1 - cosine) + (1 - "
        "same) * cosine.relu()`.",
    ),
    "threshold-mismatch.below": FindingWords(
        title="predict calls every pair the same: it decides at a cosine between {threshold_low} and "
        "{threshold_high}, and cosines are {least} to {most}",
        explanation="These are held-out pairs after a short training, in which the encoder told its training pairs "
        "apart (AUROC {given}). sigmoid(cosine) > .5 asks for no more than a cosine above 0, which behind a ReLU any "
        "two images have. The accuracy is then the share of pairs that are the same.",
        advice="Choose the threshold on held-out pairs, or have the loss fix it: a logit of `(cosine - 0.5) / 0.1` "
        "changes sign at .5.",
    ),
    "threshold-mismatch.above": FindingWords(
        title="predict calls no pair the same: it decides at a cosine between {threshold_low} and {threshold_high}, "
        "and cosines are {least} to {most}",
        explanation="These are held-out pairs after a short training, in which the encoder told its training pairs "
        "apart (AUROC {given}). The accuracy is then the share of pairs that are different.",
        advice="Choose the threshold on held-out pairs, or have the loss fix it: a logit of `(cosine - 0.5) / 0.1` "
        "changes sign at .5.",
    ),
    "threshold-mismatch.same": FindingWords(
        title="predict calls {predicted_same:%} of held-out pairs the same, where {same_share:%} are",
        explanation="It is right on {accuracy:%}, as an answer that is always the same would be; at a cosine of "
        "{threshold_best} it would be right on {accuracy_best:%}. sigmoid(cosine) > .5 asks for no more than a cosine "
        "above 0, which behind a ReLU any two images have.",
        advice="Choose the threshold on held-out pairs, or have the loss fix it: a logit of `(cosine - 0.5) / 0.1` "
        "changes sign at .5.",
    ),
    "threshold-mismatch.different": FindingWords(
        title="predict calls {predicted_same:%} of held-out pairs the same, where {same_share:%} are",
        explanation="It is right on {accuracy:%}, as an answer that is always “different” would be; at a cosine of "
        "{threshold_best} it would be right on {accuracy_best:%}.",
        advice="Choose the threshold on held-out pairs, or have the loss fix it: a logit of `(cosine - 0.5) / 0.1` "
        "changes sign at .5.",
    ),
    "threshold-mismatch.off": FindingWords(
        title="predict is right on {accuracy:%} of held-out pairs, and would be on {accuracy_best:%} at a cosine of "
        "{threshold_best}",
        explanation="The embeddings rank the pairs better than it decides: it calls {predicted_same:%} the same, "
        "where {same_share:%} are. The AUROC does not see this, for it goes by the order of the cosines alone.",
        advice="Choose the threshold on held-out pairs, or have the loss fix it: a logit of `(cosine - 0.5) / 0.1` "
        "changes sign at .5.",
    ),
    "threshold-mismatch.probability": FindingWords(
        title="the probability that predict gives stays between {low} and {high}",
        explanation="It is the sigmoid of the cosine itself, and cosines end at −1 and 1. However sure the embeddings "
        "are, it says no more than that. Printed as a cosine, or as a similarity, it misleads the more: .5 is a right "
        "angle there.",
        advice="Print the cosine itself, and give the probability that the loss is trained for, with its temperature.",
    ),
    "embedding-collapse.complete": FindingWords(
        title="all embeddings are one point: their spread is {spread}, in {seeds} of {of} seeds",
        explanation="A sphere used evenly has a spread of 1. Cosines are {cosine_same} for same and "
        "{cosine_different} for different pairs, so that what an image shows no longer matters. That is where a loss "
        "leads that only pulls together.",
        advice="Let the loss push different pairs apart, and give it pairs of both kinds; then look at the learning "
        "rate.",
    ),
    "embedding-collapse.dimensional": FindingWords(
        title="embeddings of size {size:n} vary in {rank} directions, in {seeds} of {of} seeds",
        explanation="On so few there is room for few classes: ten on a circle lie 36° apart, a cosine of .81. Their "
        "spread is {spread} (1 is a sphere used evenly), so that they have not fallen into one point. The size may be "
        "too small, a narrow layer may stand before it, or the loss may be satisfied with two ends.",
        advice="Widen the embedding and what comes before it; with a loss on pairs, stop to push different pairs once "
        "they are apart.",
    ),
    "embedding-collapse.cone": FindingWords(
        title="embeddings lie in one cone: {mean_share:%} of each is the same for all images, in {seeds} of {of} seeds",
        explanation="Even different pairs have a mean cosine of {cosine_different} (same ones {cosine_same}), with a "
        "spread of {spread}. They still vary in {rank} directions, so that nothing is lost for good. An untrained "
        "encoder with ReLUs looks like this: where training changed nothing, it did not get hold of anything, or was "
        "over too soon.",
        advice="Look first at what explains it. If nothing does, push different pairs further apart, or take off the "
        "mean embedding.",
    ),
    "train-set-too-small": FindingWords(
        title="{count:n} training pairs are few enough to be learnt by heart",
        explanation="An encoder that knows each of them by heart has no reason to find anything that holds for "
        "others. The training loss falls all the same.",
        advice="Make as many pairs as the images give: a thousand images of ten classes have about 50,000 same pairs "
        "and 450,000 different ones.",
    ),
    "no-minibatches": FindingWords(
        title="every epoch is one batch: {updates:n} updates in all",
        explanation="All {count:n} training pairs fit into the batch size of {batch_size:n}, so that an epoch is a "
        "single update. Ten updates took the reference to an AUROC of .85, a hundred to .96.",
        advice="Count updates, not epochs: take smaller batches and more pairs, or more epochs.",
    ),
    "pairs-unbalanced.most": FindingWords(
        title="{same_share:%} of the training pairs are the same",
        explanation="Answering always the same thing is right on {always:%} of them, and a loss that is the mean over "
        "pairs is mostly about one kind. Accuracy on such pairs says little: compare it with that number.",
        advice="Draw as many of either kind (`same_share = 0.5`), or weigh the rarer one up in the loss.",
    ),
    "pairs-unbalanced.one": FindingWords(
        title="all training pairs are of one kind: {same_share:%} are the same",
        explanation="An encoder that maps everything to one point, or one that always gives the same answer, is right "
        "on {always:%} of them. Nothing else is asked of it, unless the loss takes other images of the batch for "
        "different ones.",
        advice="Draw as many of either kind (`same_share = 0.5`), or use a loss that compares each pair with the "
        "others of its batch.",
    ),
}
"""What rules say, in the order in which they stand in `rules/`; a key is a slug, or `slug.case`."""
