"""Studies: a few small models each, trained to answer one question, of which only the results ship.

fitting             the digits, and the loop that all of them share
tanh_256            cross-entropy beside squared error
autoencoders        plain, denoising and contractive autoencoders
pixel_variance      a decoder that gives the variance of each pixel
beta                rate against distortion for a family of betas
asymmetric          encoders that do not mirror their decoder
conditional         a VAE that is told the digit
semi_supervised     a VAE that is told some digits
training_step       one step, recorded on its way
strong_decoder      decoders that see pixels before each pixel
eight_schools       a posterior with two modes, by Monte Carlo and by variational Bayes
"""
