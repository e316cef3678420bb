"""Codes as points, coloured by class or by loss: the latent plane, and t-SNE or PCA in 2-D and 3-D.

Up to MOST_TRACES classes each have a trace, which the legend hides, and a disc with a sign where they are
densest. More classes share one trace, and their names stand on the map, of as many as have room.

    points    places, images, classes and losses, checked
    traces    the points and signs as plotly has them
    names     the classes' names, where they have room
    maps      the maps themselves
"""
