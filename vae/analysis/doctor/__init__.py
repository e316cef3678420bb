"""What ails a model: one rule for each thing that a specialist would look at first, arrays in, a finding out.

    finding        what a rule says: a number, what it means, what to change, how grave it is
    conventions    the weight of the KL in a loss that averages where nats are summed, and back
    weight         the weight that the widths of q(z|x) betray; rate and distortion beside siblings
    units          posterior collapse, log_var at its bound, dead and duplicate dimensions
    hidden         dead and duplicate units of the networks
    aggregate      the codes of all images beside the prior: moments, quantiles, MMD, holes
    pixels         ranges, the assumed noise of a pixel, blur
    training       new images against those trained on, the amortisation gap, the history of the losses
    evidence       what is measured of a model for all of these, once
    examination    all rules in their turn, and what comes of them in one file

Thresholds are argued for where they stand. What they must hold: none speaks on a healthy model that ships.
"""
